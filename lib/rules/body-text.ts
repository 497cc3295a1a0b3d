import { Problem } from './problem.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The text of a body; a byte order mark at its beginning is left out. @throws Problem `body-malformed` */
export function textOf(body: Uint8Array): string {
  try {
    return utf8.decode(body)
  } catch {
    throw new Problem('body-malformed', 'the body is not UTF-8')
  }
}
