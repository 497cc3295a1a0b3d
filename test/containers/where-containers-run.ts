import { describe } from '@jest/globals'
import { missing } from '../harness/containers/engine.ts'

const [here, bootstrapping] = await Promise.all([
  missing('cargo', 'python3'),
  missing('cargo', 'python3', 'debootstrap', 'chroot'),
])

/** `describe` where containers can be run; elsewhere its tests are skipped, and `start-engine.ts` has said why. */
export const whereContainersRun = here === undefined ? describe : describe.skip

/** Whether a Debian can be made for containers, too: debootstrap makes devices, which only root may. */
export const isDebianMade = bootstrapping === undefined && process.getuid?.() === 0

/** `describe` where that is so. */
export const whereDebianIsMade = isDebianMade ? describe : describe.skip

/** What building an image may take when nothing has been built before: the adapter alone is a minute of Rust. */
export const buildTime = 600_000
