import { createReadStream } from 'node:fs'
import { buffer } from 'node:stream/consumers'

/** The bytes of a file. @param first only so many of them, 1 or more, where it has more. @default all */
export function readBeginning(place: string, first = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
  return buffer(createReadStream(place, { end: first - 1 }))
}
