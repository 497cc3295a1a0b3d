import type { Building } from '../../lambdas/ports.ts'
import type { Home } from '../home.ts'
import type { Environment, EnvironmentMaker } from './environment-maker.ts'
import { JavaEnvironments } from './java/java-environments.ts'
import { NodeEnvironments } from './node/node-environments.ts'
import { PythonEnvironments } from './python/python-environments.ts'
import { REnvironments } from './r/r-environments.ts'

/** The runtimes whose versions are each served by a process of their own, in an environment. */
export type OwnServerRuntime = 'java' | 'node' | 'python' | 'r'

/** The environments of a home, by runtime. */
export class Environments {
  readonly #makers: Readonly<Record<OwnServerRuntime, EnvironmentMaker>>

  constructor(home: Home, env: NodeJS.ProcessEnv = process.env) {
    this.#makers = {
      java: new JavaEnvironments(home, env),
      node: new NodeEnvironments(home, env),
      python: new PythonEnvironments(home, env),
      r: new REnvironments(home, env),
    }
  }

  /** Whether versions of a runtime have a server and an environment of their own. */
  has(runtime: string): runtime is OwnServerRuntime {
    return Object.hasOwn(this.#makers, runtime)
  }

  /** As `EnvironmentMaker.ready`. */
  ready(runtime: OwnServerRuntime, requirements: string): Promise<Environment | Building> {
    return this.#makers[runtime].ready(requirements)
  }

  async stop(): Promise<void> {
    await Promise.all(Object.values(this.#makers).map((maker) => maker.stop()))
  }
}
