/**
 * The paths that answer to AWS IAM alone on AWS, whoever else may call: somebody must make the first key, and a key
 * that leaked must not make others. In the form of a gateway's routes.
 */
export const iamOnlyPaths = ['/keys', '/keys/{id}'] as const

const beginnings = iamOnlyPaths.map((path) => path.split('{', 1)[0])

/** Whether a request's path, as `checkedPath` returned it, is one of them, or lies below one. */
export function isIamOnly(path: string): boolean {
  return beginnings.some((begin = '/') => path === begin || (begin.endsWith('/') && path.startsWith(begin)))
}
