import type { Runtime } from './manifest.ts'
import { askedPackages, isLock, lockedPackages, lockMade } from './node/node-requirements.ts'
import { refusalOfNpm } from './node/npm-refusals.ts'
import { counted } from './problem.ts'
import { lockedCount, readRequirements, withOwnHashes } from './python/requirements-file.ts'
import { refusalOfUv } from './python/uv-refusals.ts'
import { refusalOfInstaller } from './r/installer-refusals.ts'
import { readRRequirements } from './r/r-requirements.ts'

/** What is known of the dependencies of one runtime: how people count them, and what becomes their lock. */
export interface DependencyForm {
  /** Whether what was asked for is a lock as it stands: nothing of it is to be resolved. */
  isLocked(requirements: string): boolean
  /** What was asked for: `12 requirements`. */
  asked(requirements: string): string
  /** What is locked: `34 packages`. */
  locked(lock: string): string
  /** The lock, of what a resolver made of the requirements. */
  lockOf(resolved: string, requirements: string): string
  /** What it means that its tool gave up; undefined where what was said is no matter of packages. */
  refusal(said: string): Error | undefined
}

const plain: DependencyForm = {
  isLocked: () => true,
  asked: () => 'the dependencies',
  locked: () => 'no packages',
  lockOf: (resolved) => resolved,
  refusal: () => undefined,
}

const forms: Partial<Record<Runtime, DependencyForm>> = {
  python: {
    // What our own server needs is always to be resolved with it.
    isLocked: () => false,
    asked: (requirements) => counted(readRequirements(requirements).requirements.length, 'requirement'),
    locked: (lock) => counted(lockedCount(lock), 'package'),
    lockOf: (resolved, requirements) => withOwnHashes(resolved, readRequirements(requirements)),
    refusal: (said) => {
      if (!/^\s*error: /m.test(said)) return undefined
      const serverNeeds = [...said.matchAll(/^the server needs (.+)$/gm)].map(([, need]) => need ?? '')
      return refusalOfUv(said, serverNeeds)
    },
  },
  node: {
    isLocked: (requirements) => requirements === '' || isLock(requirements),
    asked: (requirements) => counted(askedPackages(requirements), 'package'),
    locked: (lock) => counted(lock === '' ? 0 : lockedPackages(lock), 'package'),
    lockOf: lockMade,
    refusal: (said) => (/^npm (?:error|ERR!) code /m.test(said) ? refusalOfNpm(said) : undefined),
  },
  r: {
    ...plain,
    locked: (lock) => counted(readRRequirements(lock).size, 'package'),
    refusal: refusalOfInstaller,
  },
}

export function dependencyForm(runtime: Runtime): DependencyForm {
  return forms[runtime] ?? plain
}
