import { registryEndpointVariable } from '../../lib/wiring/environment.ts'
import { openBridge } from '../harness/containers/bridge.ts'
import { type Engine, startEngine } from '../harness/containers/engine.ts'
import { BuildWorker } from '../harness/emulator/code-build.ts'
import { provideBases } from '../harness/emulator/lambda-base-image.ts'
import { type Emulator, emulated, freePort, startEmulator } from '../harness/emulator/ministack.ts'
import { imageHost, openRegistryDoor } from '../harness/emulator/registry-door.ts'

/** An account of AWS on this machine: the emulator, an engine that runs its model functions, a worker for its builds. */
export class Account {
  readonly emulator: Emulator
  readonly engine: Engine
  readonly builds: BuildWorker
  readonly #closings: readonly (() => Promise<void> | void)[]

  private constructor(
    parts: Pick<Account, 'emulator' | 'engine' | 'builds'>,
    closings: readonly (() => Promise<void> | void)[],
  ) {
    this.emulator = parts.emulator
    this.engine = parts.engine
    this.builds = parts.builds
    this.#closings = closings
  }

  static async open(): Promise<Account> {
    const [port, buildPort] = [await freePort(), await freePort()]
    const endpoint = `http://127.0.0.1:${port}`
    const door = await openRegistryDoor(endpoint)
    const bridge = await openBridge()
    const engine = await startEngine({
      // Functions are called through ports of this machine, so here containers do have a network.
      flags: [`--bridge=${bridge.name}`, `--insecure-registry=${imageHost}`, '--userland-proxy=true'],
      environment: { HTTP_PROXY: door.url, HTTPS_PROXY: door.url },
    })
    const emulator = await startEmulator({
      GATEWAY_PORT: String(port),
      DOCKER_HOST: engine.host,
      [registryEndpointVariable]: endpoint,
      AWS_ENDPOINT_URL_CODEBUILD: `http://127.0.0.1:${buildPort}`,
      // Machines wait a quarter as long before they look or try again. What a step answers goes by the clock, however
      // soon it is asked; and a Problem is tried again here, as on AWS it is not, for half a minute.
      SFN_WAIT_SCALE: '0.25',
      // The emulator calls a function at 8080, where on Lambda only the server listens.
      LAMBDA_DOCKER_FLAGS: '-e PORT=9080 -e AWS_LWA_PORT=9080',
    })
    const builds = await BuildWorker.start(emulator, engine, buildPort)
    await provideBases(engine)
    const closings = [
      () => builds.stop(),
      () => emulator.stop(),
      () => engine.stop(),
      () => bridge.close(),
      () => door.close(),
    ]
    return new Account({ emulator, engine, builds }, closings)
  }

  async close(): Promise<void> {
    for (const closing of this.#closings) await closing()
  }

  /** What every client of the AWS SDK is made with. */
  get client() {
    return { ...emulated, endpoint: this.emulator.endpoint }
  }
}
