import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Runtime } from '../../lib/rules/manifest.ts'
import { isLock } from '../../lib/rules/node/node-requirements.ts'
import { debianBase } from '../harness/containers/debian-base.ts'
import type { Engine } from '../harness/containers/engine.ts'
import { run } from '../harness/containers/run.ts'
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
    if (packages === undefined)
      return runtimeImage(this.#engine, runtime, { lock: await lockOf(requirements) })
    const base = await debianBase(this.#engine, packages)
    const lock =
      runtime === 'python' ? await resolvedLock(this.#engine, runtime, { requirements, base }) : requirements
    return runtimeImage(this.#engine, runtime, {
      lock,
      base,
      ...(runtime === 'java' && { others: { COMPILER_IMAGE: base } }),
    })
  }
}

/** What npm locks of a package.json; a lock, and nothing at all, stay as they are. */
async function lockOf(requirements: string): Promise<string> {
  if (requirements === '' || isLock(requirements)) return requirements
  const folder = await mkdtemp(join(tmpdir(), 'sluice-lock-'))
  try {
    await writeFile(join(folder, 'package.json'), requirements)
    await run('sh', [
      '-c',
      'cd "$1" && npm install --package-lock-only --ignore-scripts --silent',
      'sh',
      folder,
    ])
    return await readFile(join(folder, 'package-lock.json'), 'utf8')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
