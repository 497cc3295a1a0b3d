import { checkedPath, decodedOnce } from '../../lib/rules/request-path.ts'

/**
 * The path that was asked for, checked: the same for the function that lets a request in and the one that answers it.
 * An HTTP API hands it over decoded, a REST API as it was sent.
 * @throws Problem `path-malformed`
 */
export function askedPath(event: { readonly rawPath: string } | { readonly path: string }): string {
  return 'rawPath' in event ? checkedPath(event.rawPath) : checkedPath(decodedOnce(event.path))
}
