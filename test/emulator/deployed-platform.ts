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
import { registryEndpointVariable } from '../../lib/wiring/environment.ts'
import { openBridge } from '../harness/containers/bridge.ts'
import { type Engine, startEngine } from '../harness/containers/engine.ts'
import { run } from '../harness/containers/run.ts'
import { BuildWorker } from '../harness/emulator/code-build.ts'
import { provideBases } from '../harness/emulator/lambda-base-image.ts'
import { type Emulator, emulated, freePort, startEmulator } from '../harness/emulator/ministack.ts'
import { imageHost, openRegistryDoor } from '../harness/emulator/registry-door.ts'

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
  readonly emulator: Emulator
  readonly engine: Engine
  readonly builds: BuildWorker
  readonly apiUrl: string
  readonly bucket: string
  readonly #close: (() => Promise<void> | void)[]

  private constructor(
    parts: Pick<DeployedPlatform, 'emulator' | 'engine' | 'builds' | 'apiUrl' | 'bucket'>,
    close: (() => Promise<void> | void)[],
  ) {
    this.emulator = parts.emulator
    this.engine = parts.engine
    this.builds = parts.builds
    this.apiUrl = parts.apiUrl
    this.bucket = parts.bucket
    this.#close = close
  }

  static async deploy(): Promise<DeployedPlatform> {
    const close: (() => Promise<void> | void)[] = []
    const buildPort = await freePort()
    const port = await freePort()
    const door = await openRegistryDoor(`http://127.0.0.1:${port}`)
    const bridge = await openBridge()
    close.push(bridge.close)
    const engine = await startEngine({
      // Functions are called through ports of this machine, so here containers do have a network.
      flags: [`--bridge=${bridge.name}`, `--insecure-registry=${imageHost}`, '--userland-proxy=true'],
      environment: { HTTP_PROXY: door.url, HTTPS_PROXY: door.url },
    })
    close.unshift(() => engine.stop(), door.close)
    const emulator = await startEmulator({
      GATEWAY_PORT: String(port),
      DOCKER_HOST: engine.host,
      [registryEndpointVariable]: `http://127.0.0.1:${port}`,
      AWS_ENDPOINT_URL_CODEBUILD: `http://127.0.0.1:${buildPort}`,
      // The emulator calls a function at 8080, where on Lambda only the server listens.
      LAMBDA_DOCKER_FLAGS: '-e PORT=9080 -e AWS_LWA_PORT=9080',
    })
    close.unshift(() => emulator.stop())
    const builds = await BuildWorker.start(emulator, engine, buildPort)
    close.unshift(() => builds.stop())
    await provideBases(engine)
    const { ApiUrl = '', StoreBucket = '' } = await deployStack(emulator)
    await lockObjects(emulator, StoreBucket)
    return new DeployedPlatform({ emulator, engine, builds, apiUrl: ApiUrl, bucket: StoreBucket }, close)
  }

  async stop(): Promise<void> {
    for (const close of this.#close) await close()
  }

  /** What every client of the AWS SDK is made with. */
  get client() {
    return { ...emulated, endpoint: this.emulator.endpoint }
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

/** Bootstrap and deploy, as the documentation says. @returns the stack's outputs */
async function deployStack(emulator: Emulator): Promise<Readonly<Record<string, string>>> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-deploy-'))
  const outputs = join(folder, 'outputs.json')
  const environment = {
    ...emulator.environment,
    PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
    CI: 'true',
  }
  const cdk = (...args: readonly string[]) =>
    run(
      process.execPath,
      [
        join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk'),
        ...args,
        '--app',
        `node ${join(root, 'bin', 'app.ts')}`,
        '--output',
        join(folder, 'cdk.out'),
      ],
      environment,
    )
  try {
    await cdk('bootstrap', `aws://${emulated.account}/${emulated.region}`)
    await cdk('deploy', '--require-approval', 'never', '--outputs-file', outputs)
    return JSON.parse(await readFile(outputs, 'utf8')).Sluice
  } finally {
    await rm(folder, { recursive: true, force: true })
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
