import { Problem } from './problem.ts'

const segment = /^[A-Za-z0-9._~^-]+$/

/**
 * Check the path of a request, as text, before any URL object has seen it. The router and every authorizer call this
 * one rule with the same string, so that no encoding can turn one model into another for one of them.
 * @param path the path as the gateway hands it over, already decoded once, without the query
 * @returns the path unchanged. @throws Problem `path-malformed`
 */
export function checkedPath(path: string): string {
  const [empty, ...segments] = path.split('/')
  if (segments.at(-1) === '') segments.pop()
  const dotted = segments.some((part) => part === '.' || part === '..')
  if (empty !== '' || dotted || !segments.every((part) => segment.test(part)))
    throw new Problem(
      'path-malformed',
      'the path holds a character or a segment that no path here has; allowed are A-Z a-z 0-9 . _ ~ ^ - between slashes, ' +
        'no . or .. alone, and nothing encoded twice',
    )
  return path
}

/** Decode a raw path once, as an HTTP API's gateway does. @throws Problem `path-malformed` */
export function decodedOnce(rawPath: string): string {
  if (!rawPath.includes('%')) return rawPath
  try {
    return decodeURIComponent(rawPath)
  } catch {
    throw new Problem('path-malformed', 'the path holds a % that encodes nothing')
  }
}

/**
 * Decode a path that a gateway has judged as it was sent. IAM compares it letter by letter: where `churn` may not be
 * called, `%63hurn` must not be it, so that only what no URL can hold plainly may be encoded, `^`, and `~`, which some
 * clients encode. @throws Problem `path-malformed`
 */
export function decodedAsJudged(rawPath: string): string {
  if (/%(?!5e|7e)/i.test(rawPath))
    throw new Problem(
      'path-malformed',
      'the path holds something percent-encoded; this gateway takes a path as it is written, and allowed are only %5E for ^ and %7E for ~',
    )
  return decodedOnce(rawPath)
}

const invocation = /^\/models\/([^/]+)(?:\/(aliases|versions)\/([^/]+))?\/invocations$/

/** A path at which predictions are asked for, in its parts as they were written. */
export interface InvocationPath {
  readonly model: string
  /** What of the model is asked: its `live` alias where the path names nothing. */
  readonly of?: { readonly kind: 'aliases' | 'versions'; readonly name: string }
}

/** Read a checked path at which predictions are asked for. @returns undefined where it is another one */
export function parseInvocationPath(path: string): InvocationPath | undefined {
  const [, model, kind, name] = invocation.exec(path) ?? []
  if (model === undefined) return undefined
  if (kind === undefined || name === undefined) return { model }
  return { model, of: { kind: kind as 'aliases' | 'versions', name } }
}
