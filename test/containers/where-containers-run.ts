import { describe } from '@jest/globals'
import { missing } from '../harness/containers/engine.ts'

/** `describe` where containers can be run; elsewhere its tests are skipped, and `start-engine.ts` has said why. */
export const whereContainersRun = (await missing('cargo', 'python3')) === undefined ? describe : describe.skip

/** What building an image may take when nothing has been built before: the adapter alone is a minute of Rust. */
export const buildTime = 600_000
