import { isProblem, Problem } from '../../lib/rules/problem.ts'

/** What S3, or the way to it, said, as a problem that tells what to do. */
export function storeProblem(store: string, error: unknown): Problem {
  if (isProblem(error)) return error
  const { name = 'Error', message = '', $metadata } = error as SdkError
  const status = $metadata?.httpStatusCode
  const said = `${name}${message === '' ? '' : `: ${message.replace(/\.$/, '')}`}`
  if (status === 412 || status === 409)
    return new Problem(
      'version-exists',
      `somebody else uploads this version to ${store}; push under a new version`,
    )
  if (status === 403 || status === 401 || name === 'ExpiredToken')
    return new Problem(
      'access-refused',
      `the model store ${store} refused this caller (${said}); pushing takes s3:ListBucket, s3:GetObject, s3:PutObject, ` +
        's3:DeleteObject and s3:AbortMultipartUpload there; see who you are with `aws sts get-caller-identity`',
    )
  if (status === undefined || status >= 500 || status === 429)
    return new Problem(
      'platform-unreachable',
      `the model store ${store} cannot be reached (${said}); push again when it can: what has arrived is not sent twice`,
    )
  return new Problem('platform-fault', `the model store ${store} answered ${status} (${said})`)
}

interface SdkError {
  readonly name?: string
  readonly message?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}
