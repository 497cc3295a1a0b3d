import { readFile, writeFile } from 'node:fs/promises'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { emulated } from './ministack.ts'

/** `aws`, as far as the commands of a build call it, with the emulator's endpoint in AWS_ENDPOINT_URL. */
const [, , service, operation, ...args] = process.argv
const s3 = new S3Client({
  ...emulated,
  endpoint: process.env['AWS_ENDPOINT_URL'] ?? '',
  forcePathStyle: true,
})

const option = (name: string) => {
  const at = args.indexOf(name)
  return at === -1 ? undefined : args[at + 1]
}

/** `s3://BUCKET/KEY` */
function placeOf(url: string) {
  const [Bucket = '', ...key] = url.replace('s3://', '').split('/')
  return { Bucket, Key: key.join('/') }
}

async function copy(from: string, to: string): Promise<void> {
  if (!from.startsWith('s3://')) {
    await s3.send(new PutObjectCommand({ ...placeOf(to), Body: await readFile(from) }))
    return
  }
  const { Body } = await s3.send(new GetObjectCommand(placeOf(from)))
  await writeFile(to, (await Body?.transformToByteArray()) ?? '')
}

if (service === 'ecr' && operation === 'get-login-password') console.log('any-password')
else if (service === 's3' && operation === 'cp') {
  const [from = '', to = ''] = args.filter((one) => !one.startsWith('--'))
  await copy(from, to)
} else if (service === 's3api' && operation === 'put-object') {
  const Body = await readFile(option('--body') ?? '')
  const IfNoneMatch = option('--if-none-match')
  const at = { Bucket: option('--bucket'), Key: option('--key') }
  await s3.send(new PutObjectCommand({ ...at, Body, ...(IfNoneMatch !== undefined && { IfNoneMatch }) }))
} else throw new Error(`no aws ${service} ${operation} here`)
