import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { StepName } from '../../lib/wiring/handler-names.ts'
import type { Home } from '../../local/home.ts'
import { type ExtractedMachines, loadMachines } from '../../local/state-machines.ts'

/** Where the machines of this version of `lib/` are kept between test files: a synthesis takes a second. */
const cache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'sluice-test-machines')

/** The steps of a release that nothing goes wrong in, written here and nowhere read off: what tests hold machines to. */
export const smoothRelease: readonly StepName[] = [
  'claimVersion',
  'freezeArtifact',
  'inspectArtifact',
  'packImage',
  'createEndpoint',
  'checkEndpoint',
  'proveVersion',
  'markReady',
  'startPromotion',
  'closeRelease',
]

/** The machines out of the real template, synthesized once for all tests of this version of `lib/`. */
export async function machinesOfTemplate(): Promise<ExtractedMachines> {
  await mkdir(cache, { recursive: true })
  return loadMachines(cache)
}

/** Give a home the machines, so that its platform need not synthesize them. */
export async function lendMachines(home: Pick<Home, 'cache'>): Promise<void> {
  await machinesOfTemplate()
  await cp(cache, home.cache, { recursive: true })
}
