import { test } from '@jest/globals'
import type { Outputs } from '../harness/deployed/cdk.ts'
import type { Travels } from '../harness/deployed/travels.ts'
import type { Visit } from './consent.ts'
import type { Findings } from './findings.ts'

/** What the cases of a visit are given. */
export interface Visited {
  readonly visit: Pick<Visit, 'name' | 'isEmulated' | 'mayUseInstances'> & { readonly patienceMs: number }
  readonly findings: Findings
  /** The platform behind a door, once it is deployed. @param stack the first where none is named */
  readonly here: (stack?: string) => Travels
  readonly outputsOf: (stack: string) => Outputs
}

/** A case that only AWS can answer: with the emulator it is skipped, and its name says why. */
export function testOnAws(
  { visit }: Pick<Visited, 'visit'>,
  name: string,
  why: string,
  play: () => Promise<void>,
): void {
  if (visit.isEmulated) test.skip(`${name} (skipped: the emulator ${why})`, play)
  else test(name, play, visit.patienceMs)
}
