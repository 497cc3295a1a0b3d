import { dependencyForm } from '../../lib/rules/dependency-lock.ts'
import { sha256Hex } from '../../lib/rules/digest.ts'
import type { Runtime } from '../../lib/rules/manifest.ts'
import { lockKeys } from '../../lib/wiring/store-layout.ts'
import type { Building, PackInput } from '../ports.ts'
import { type RuntimeBuilds, reasonStandsMs } from './runtime-builds.ts'

/** Keeps texts, each under a key that tells what is in it. */
export interface LockTexts {
  read(key: string): Promise<KeptText | undefined>
  /** Write one, unless it is there. */
  keep(key: string, text: string): Promise<void>
}

export interface KeptText {
  readonly text: string
  /** Milliseconds since the epoch. */
  readonly writtenAt: number
}

/** The Dockerfile of a runtime and its neighbours, as the platform was deployed with them. */
export interface RuntimeTemplate {
  /** What its images are made of, in one word: its files, and the processor. */
  readonly key: string
  /** Whether it resolves what versions ask for; what they ask for is their lock otherwise. */
  readonly resolves: boolean
}

/** What a version's dependencies are, to the byte. */
export interface Lock {
  /** SHA-256 of the text, 64 hex digits. */
  readonly hex: string
  readonly text: string
}

/**
 * The locks of versions. What a version asks for is resolved once, by a build, and stays so for whoever asks for the
 * same of the same template; the lock itself lies under its own digest for ever.
 */
export class DependencyLocks {
  readonly #texts: LockTexts
  readonly #builds: RuntimeBuilds

  constructor(texts: LockTexts, builds: RuntimeBuilds) {
    this.#texts = texts
    this.#builds = builds
  }

  /** @throws Problem `environment-failed` with the reason, where nothing fits what was asked for */
  async of(input: PackInput, { key: templateKey, resolves }: RuntimeTemplate): Promise<Lock | Building> {
    const { runtime, architecture, requirements = '' } = input
    const form = dependencyForm(runtime)
    if (!resolves || form.isLocked(requirements)) return this.#kept(requirements)
    const key = sha256Hex(`${templateKey}\n${requirements}`)
    const resolved = await this.#texts.read(lockKeys.resolved(key))
    if (resolved !== undefined) return this.#kept(form.lockOf(resolved.text, requirements))
    await this.refuseAgain(runtime, key)
    await this.#texts.keep(lockKeys.asked(key), requirements)
    await this.#builds.request({ task: 'lock', runtime, architecture, key })
    return { building: `resolving ${form.asked(requirements)}` }
  }

  /** @throws what a build with this key that has just failed gave as its reason, if it gave one of packages */
  async refuseAgain(runtime: Runtime, key: string): Promise<void> {
    const refused = await this.#texts.read(lockKeys.refused(key))
    if (refused === undefined || refused.writtenAt + reasonStandsMs < Date.now()) return
    // What failed otherwise, as a builder out of disk does, is no matter of packages.
    const refusal = dependencyForm(runtime).refusal(refused.text)
    if (refusal !== undefined) throw refusal
  }

  async #kept(text: string): Promise<Lock> {
    const hex = sha256Hex(text)
    await this.#texts.keep(lockKeys.lock(hex), text)
    return { hex, text }
  }
}
