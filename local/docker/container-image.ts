import { existsSync, readFileSync } from 'node:fs'
import type { ServerAddress } from '../../lib/rules/container/server-address.ts'
import type { ServedVersion } from '../../lib/rules/served-version.ts'

/** Beside the folder of an image that a container serves: what is started, and how it is asked. */
export interface ContainerImage extends ServedVersion {
  readonly runtime: 'container'
  /** The image in the Docker engine: which it is, and the name that keeps it there. */
  readonly imageId: string
  readonly imageName: string
  /** The manifest names the image, and the files beside it are its model: they also lie where SageMaker puts them. */
  readonly image?: string
  readonly address: ServerAddress
  readonly startCommand?: readonly string[]
}

/** What stands beside the folder of an image; undefined where no container serves it. */
export function containerImageAt(folder: string): ContainerImage | undefined {
  const place = `${folder}.json`
  if (!existsSync(place)) return undefined
  const facts = JSON.parse(readFileSync(place, 'utf8')) as Partial<ContainerImage>
  return facts.runtime === 'container' ? (facts as ContainerImage) : undefined
}
