import { dependencyForm } from '../../lib/rules/dependency-lock.ts'
import type { Runtime } from '../../lib/rules/manifest.ts'
import { baseImage } from '../harness/containers/base-image.ts'
import { debianBase } from '../harness/containers/debian-base.ts'
import type { Engine } from '../harness/containers/engine.ts'
import { resolvedLock, runtimeImage } from '../harness/containers/runtime-image.ts'

/** By runtime, the packages of Debian on which its base stands; this machine's own Node where there are none. */
const bases: Partial<Record<Runtime, readonly string[]>> = {
  python: ['python3', 'python3-venv', 'python-is-python3'],
  r: [],
  java: ['openjdk-17-jdk-headless'],
}

/** The dependency images of what versions ask for, each built once by the Dockerfile of its template. */
export class TemplateImages {
  readonly #engine: Engine
  readonly #made = new Map<string, Promise<string>>()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** @param requirements as inspection found them @returns the image's name */
  of(runtime: Runtime, requirements: string): Promise<string> {
    const key = `${runtime}\n${requirements}`
    const made = this.#made.get(key) ?? this.#build(runtime, requirements)
    this.#made.set(key, made)
    return made
  }

  async #build(runtime: Runtime, requirements: string): Promise<string> {
    const packages = bases[runtime]
    const base = await (packages === undefined ? baseImage(this.#engine) : debianBase(this.#engine, packages))
    const form = dependencyForm(runtime)
    const lock = form.isLocked(requirements)
      ? requirements
      : form.lockOf(await resolvedLock(this.#engine, runtime, { requirements, base }), requirements)
    return runtimeImage(this.#engine, runtime, {
      lock,
      base,
      ...(runtime === 'java' && { others: { COMPILER_IMAGE: base } }),
    })
  }
}
