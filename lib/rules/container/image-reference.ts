import { Problem, shown } from '../problem.ts'

/** An image as its maker names it, taken apart. */
export interface ImageReference {
  /** `ghcr.io`, `localhost:5000`; absent where the engine that is asked decides. */
  readonly registry?: string
  /** `team/churn`, without its registry. */
  readonly repository: string
  readonly tag?: string
  /** `sha256:` and 64 hex digits. */
  readonly digest?: string
}

// The grammar of the distribution specification, less what nobody needs and others read in another way.
const part = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const registryHost = `localhost(?::[0-9]{1,5})?|${label}(?:\\.${label})+(?::[0-9]{1,5})?|${label}:[0-9]{1,5}`
const shape = new RegExp(
  `^(?:(?<registry>${registryHost})/)?(?<repository>${part}(?:/${part})*)` +
    '(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$',
)

/** The longest name of an image, its registry included, that every registry takes. */
const longestName = 255
/** No reference is longer: a name, a tag and a digest. */
const longest = longestName + 1 + 128 + 1 + 71

/**
 * Read a reference to an image. What it names must not move by accident, so that a tag or a digest is asked for.
 * @throws Problem `manifest-invalid`
 */
export function parseImageReference(text: string): ImageReference {
  const found = text.length > longest ? null : shape.exec(text)
  const { registry, repository, tag, digest } = found?.groups ?? {}
  const name = `${registry ?? ''}/${repository ?? ''}`
  if (repository === undefined || name.length > longestName || (tag === undefined && digest === undefined))
    throw new Problem(
      'manifest-invalid',
      `the image is ${shown(text)}; allowed is REGISTRY/NAME:TAG or REGISTRY/NAME@sha256:DIGEST, in small letters and with a tag or a digest`,
    )
  return {
    repository,
    ...(registry !== undefined && { registry }),
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  }
}
