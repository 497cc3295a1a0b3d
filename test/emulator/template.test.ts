import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Sha256 } from '@smithy/core/checksum'
import { HttpRequest } from '@smithy/core/transport'
import { SignatureV4 } from '@smithy/signature-v4'
import { run } from '../harness/containers/run.ts'
import { type Emulator, emulated, startEmulator } from '../harness/emulator/ministack.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import { until } from '../harness/until.ts'

const root = join(import.meta.dirname, '..', '..')
const folder = await temporaryFolder()

/** An account in which nobody has run `cdk bootstrap`. */
let emulator: Emulator
let outputs: Readonly<Record<string, string>>

const Bucket = 'somebodys-deployments'
const prefix = 'tools/sluice/'

beforeAll(async () => {
  emulator = await startEmulator()
  const client = { ...emulated, endpoint: emulator.endpoint }
  const s3 = new S3Client({ ...client, forcePathStyle: true })
  const formation = new CloudFormationClient(client)
  await run(process.execPath, [join(root, 'scripts', 'template.ts'), '--out', folder])
  await s3.send(new CreateBucketCommand({ Bucket }))
  for (const name of await readdir(folder)) {
    const Body = await readFile(join(folder, name))
    await s3.send(new PutObjectCommand({ Bucket, Key: `${prefix}${name}`, Body }))
  }
  await formation.send(
    new CreateStackCommand({
      StackName: 'Sluice',
      TemplateURL: `${emulator.endpoint}/${Bucket}/${prefix}sluice.template.json`,
      Capabilities: ['CAPABILITY_IAM'],
      Parameters: [
        { ParameterKey: 'AssetsBucket', ParameterValue: Bucket },
        { ParameterKey: 'AssetsPrefix', ParameterValue: prefix },
      ],
    }),
  )
  const stack = await until(
    'the stack is made',
    async () => {
      const { Stacks } = await formation.send(new DescribeStacksCommand({ StackName: 'Sluice' }))
      const [one] = Stacks ?? []
      return one?.StackStatus === 'CREATE_IN_PROGRESS' ? undefined : one
    },
    100_000,
  )
  expect(stack).toMatchObject({ StackStatus: 'CREATE_COMPLETE' })
  outputs = Object.fromEntries(
    (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  )
  s3.destroy()
  formation.destroy()
}, 180_000)

afterAll(() => emulator.stop())

test('the template makes a platform where nothing was bootstrapped: its functions answer out of that bucket', async () => {
  const { host, hostname, port } = new URL(outputs['ApiUrl'] ?? '')
  const signer = new SignatureV4({ ...emulated, service: 'execute-api', sha256: Sha256 })
  const { headers } = await signer.sign(
    new HttpRequest({ method: 'GET', hostname, path: '/models', headers: { host } }),
  )
  // The API's name ends in .localhost, which not every machine resolves.
  const asked = request({ host: '127.0.0.1', port, path: '/models', headers })
  asked.end()
  const [answer] = await once(asked, 'response')
  expect([answer.statusCode, JSON.parse(await text(answer))]).toEqual([200, { models: [] }])
})
