import { Problem } from '../problem.ts'
import { type ImageReference, parseImageReference } from './image-reference.ts'

/**
 * The repositories whose images manifests may name where nobody says another: whoever puts an image here means it to be
 * served. @param prefix what the names of a platform's repositories begin with
 */
export function usualImageSources(prefix: string): string {
  return `${prefix}images/*`
}

/**
 * Read which image of the account's own registry a manifest names. Others are not asked: it would take their
 * passwords, and would let whoever uploads a manifest have the platform call any host.
 * @param host of the account's registry @throws Problem `image-unavailable`
 */
export function sourceOf(text: string, host: string, prefix: string): ImageReference {
  const reference = parseImageReference(text)
  if (reference.registry === host) return reference
  const where =
    reference.registry === undefined
      ? `the image ${text} names no registry`
      : `the image ${text} lies in ${reference.registry}`
  throw new Problem(
    'image-unavailable',
    `${where}; on AWS images come from ECR in the account and Region of the platform: push it to ${host}/${usualImageSources(prefix).replace('*', 'NAME')}, and name that`,
  )
}

/** That there is no such image. */
export function noSuchImage(text: string): Problem {
  return new Problem(
    'image-unavailable',
    `there is no image ${text}: push it, or mend its name in model.yaml; names, tags and digests are as \`aws ecr describe-images\` tells them`,
  )
}

/** That the platform may not look. @param prefix what the names of its own repositories begin with */
export function unreadImage(text: string, prefix: string): Problem {
  return new Problem(
    'image-unavailable',
    `the image ${text} may not be read: a platform reads the repositories that it was deployed with (imageSources, or ${usualImageSources(prefix)}); push it there, or have its repository added`,
  )
}
