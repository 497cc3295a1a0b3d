import type { Runtime } from './manifest.ts'
import { counted } from './problem.ts'
import { lockedCount, readRequirements, withOwnHashes } from './python/requirements-file.ts'

/** What is known of the dependencies of one runtime: how people count them, and what becomes their lock. */
export interface DependencyForm {
  /** What was asked for: `12 requirements`. */
  asked(requirements: string): string
  /** What is locked: `34 packages`. */
  locked(lock: string): string
  /** The lock, of what a resolver made of the requirements. */
  lockOf(resolved: string, requirements: string): string
}

const plain: DependencyForm = {
  asked: () => 'the dependencies',
  locked: (lock) => (lock === '' ? 'no packages' : 'its packages'),
  lockOf: (resolved) => resolved,
}

const forms: Partial<Record<Runtime, DependencyForm>> = {
  python: {
    asked: (requirements) => counted(readRequirements(requirements).requirements.length, 'requirement'),
    locked: (lock) => counted(lockedCount(lock), 'package'),
    lockOf: (resolved, requirements) => withOwnHashes(resolved, readRequirements(requirements)),
  },
}

export function dependencyForm(runtime: Runtime): DependencyForm {
  return forms[runtime] ?? plain
}
