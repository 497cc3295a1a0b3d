import { Problem, type ProblemCode } from './problem.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * The text of bytes; a byte order mark at its beginning is left out.
 * @param what they are, as a sentence names it @throws Problem of the code given where they are not UTF-8
 */
export function textOf(bytes: Uint8Array, what = 'the body', code: ProblemCode = 'body-malformed'): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new Problem(code, `${what} is not UTF-8`)
  }
}
