import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { PutObjectLockConfigurationCommand, S3Client } from '@aws-sdk/client-s3'
import { Sha256 } from '@smithy/core/checksum'
import { HttpRequest } from '@smithy/core/transport'
import { SignatureV4 } from '@smithy/signature-v4'
import { run } from '../harness/containers/run.ts'
import { type Emulator, emulated } from '../harness/emulator/ministack.ts'
import { Account } from './account.ts'

const root = join(import.meta.dirname, '..', '..')

/** What came back over HTTP. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/**
 * The platform as an engineer deploys it, on an emulator: `cdk bootstrap` and `cdk deploy` as they are, model functions
 * in a real engine of containers. What stands in for AWS is the emulator and what `test/harness/emulator` names.
 */
export class DeployedPlatform {
  readonly account: Account
  readonly apiUrl: string
  readonly bucket: string

  private constructor(account: Account, apiUrl: string, bucket: string) {
    this.account = account
    this.apiUrl = apiUrl
    this.bucket = bucket
  }

  static async deploy(): Promise<DeployedPlatform> {
    const account = await Account.open()
    try {
      const { ApiUrl = '', StoreBucket = '' } = await deployStack(account.emulator)
      await lockObjects(account.emulator, StoreBucket)
      return new DeployedPlatform(account, ApiUrl, StoreBucket)
    } catch (error) {
      // Nobody will have a platform to stop.
      await account.close()
      throw error
    }
  }

  stop(): Promise<void> {
    return this.account.close()
  }

  /** Ask the platform through its API, signed as AWS's own tools sign. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const { host, hostname, port } = new URL(this.apiUrl)
    const [pathname = '', query = ''] = path.split('?')
    const { region, credentials } = emulated
    const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 })
    const signed = await signer.sign(
      new HttpRequest({
        method,
        hostname,
        path: pathname,
        query: Object.fromEntries(new URLSearchParams(query)),
        headers: { host, 'content-type': 'application/json', ...headers },
        body: body === undefined ? undefined : JSON.stringify(body),
      }),
    )
    // The API's name ends in .localhost, which not every machine resolves.
    const asked = request({ host: '127.0.0.1', port, method, path, headers: signed.headers })
    asked.end(body === undefined ? undefined : JSON.stringify(body))
    const [answer] = await once(asked, 'response')
    return { status: answer.statusCode, headers: answer.headers, body: await text(answer) }
  }
}

/** Bootstrap and deploy, by the lines that the README gives. @returns the stack's outputs */
async function deployStack(emulator: Emulator): Promise<Readonly<Record<string, string>>> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-deploy-'))
  const outputs = join(folder, 'outputs.json')
  try {
    for (const line of await deployLines()) {
      const [npx, program, ...args] = line.replace('outputs.json', outputs).split(' ')
      if (npx !== 'npx' || program !== 'cdk') throw new Error(`the README's way to deploy has '${line}'`)
      await cdk(emulator, ...args)
    }
    return JSON.parse(await readFile(outputs, 'utf8')).Sluice
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function deployLines(): Promise<readonly string[]> {
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  const [, block = ''] = /```bash\n([\s\S]*?)```/.exec(readme) ?? []
  return block.trim().split('\n')
}

/** The CDK's own command line over bin/app.ts, as cdk.json has it. */
export async function cdk(emulator: Emulator, ...args: readonly string[]): Promise<string> {
  const output = await mkdtemp(join(tmpdir(), 'sluice-cdk-'))
  const program = join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk')
  const app = ['--app', `node ${join(root, 'bin', 'app.ts')}`, '--output', output]
  const path = `${dirname(process.execPath)}:${process.env['PATH']}`
  try {
    return await run(process.execPath, [program, ...args, ...app], {
      ...emulator.environment,
      PATH: path,
      CI: 'true',
    })
  } finally {
    await rm(output, { recursive: true, force: true })
  }
}

/** The template asks for a bucket whose objects can be locked, and the emulator's CloudFormation passes over it. */
async function lockObjects({ endpoint }: Emulator, Bucket: string): Promise<void> {
  const client = new S3Client({ ...emulated, endpoint, forcePathStyle: true })
  await client.send(
    new PutObjectLockConfigurationCommand({
      Bucket,
      ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' },
    }),
  )
  client.destroy()
}
