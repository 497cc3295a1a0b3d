import { DependencyLocks } from '../../lambdas/aws/dependency-locks.ts'
import type { LayeredImagesProps } from '../../lambdas/aws/layered-images.ts'

/** For what is not to come to it. */
export const unasked = () => Promise.reject(new Error('nobody is to be asked'))

const builds = { request: unasked }
const texts = { read: unasked, keep: unasked }

/** The parts of a factory of images that has the runtime's image under `deps-KEY`, and locks nothing. */
export function withoutBuilds(
  key: string,
): Pick<LayeredImagesProps, 'builds' | 'locks' | 'texts' | 'templateOf'> {
  return {
    builds,
    locks: new DependencyLocks(texts, builds),
    texts,
    templateOf: () => ({ key, resolves: false }),
  }
}
