import { archiveBroken, archiveRefused } from './archive-kind.ts'

/** Where the directory of a zip lies, and how much it holds. */
export interface ZipEnd {
  readonly directoryAt: number
  readonly directoryBytes: number
  readonly entries: number
}

const endBytes = 22
const locatorBytes = 20
const largeEndBytes = 56
/** What may stand at the end of a zip: its end in both forms, and a comment. */
export const mostZipEndBytes = largeEndBytes + locatorBytes + endBytes + 0xffff

const endSign = 0x06054b50
const locatorSign = 0x07064b50
const largeEndSign = 0x06064b50

/**
 * Find the end of a zip, and with it the directory (APPNOTE 4.3.14 to 4.3.16). There must be exactly one that it can be.
 * @param tail the last `mostZipEndBytes` @param size the bytes of the whole zip @throws Problem `archive-refused`
 */
export function readZipEnd(tail: Uint8Array, size: number): ZipEnd {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength)
  const ends = placesOfEnd(view)
  const [at] = ends
  if (at === undefined) throw archiveBroken('it has no directory at its end, where a zip has one')
  if (ends.length > 1)
    throw archiveRefused('it has two ends, and tools differ in which they take; pack it anew')
  const short = {
    disks: [view.getUint16(at + 4, true), view.getUint16(at + 6, true)],
    here: view.getUint16(at + 8, true),
    entries: view.getUint16(at + 10, true),
    directoryBytes: view.getUint32(at + 12, true),
    directoryAt: view.getUint32(at + 16, true),
  }
  if (short.disks.some((disk) => disk !== 0 && disk !== 0xffff) || short.here !== short.entries)
    throw archiveRefused('it is one of several parts; pack it as one')
  const large = largeEnd(view, at, size - tail.length)
  const agrees = (name: keyof ZipEnd, unsaid: number) =>
    large === undefined || short[name] === unsaid || short[name] === large[name]
  if (
    !agrees('entries', 0xffff) ||
    !agrees('directoryBytes', 0xffffffff) ||
    !agrees('directoryAt', 0xffffffff)
  )
    throw archiveRefused('its end says two things of its directory; pack it anew')
  const { entries, directoryBytes, directoryAt } = large ?? short
  const ends_ = size - tail.length + (large === undefined ? at : at - locatorBytes - largeEndBytes)
  if (directoryAt + directoryBytes !== ends_)
    throw archiveRefused('its directory is not where its end says, or something stands between; pack it anew')
  return { entries, directoryBytes, directoryAt }
}

function placesOfEnd(view: DataView): number[] {
  const found: number[] = []
  for (let at = view.byteLength - endBytes; at >= 0; at -= 1)
    if (
      view.getUint32(at, true) === endSign &&
      at + endBytes + view.getUint16(at + 20, true) === view.byteLength
    )
      found.push(at)
  return found
}

/** @param before the bytes of the zip before the view @returns undefined where there is none of the large form */
function largeEnd(view: DataView, end: number, before: number): ZipEnd | undefined {
  const locator = end - locatorBytes
  if (locator < 0 || view.getUint32(locator, true) !== locatorSign) return undefined
  const at = locator - largeEndBytes
  const isThere =
    at >= 0 &&
    view.getUint32(at, true) === largeEndSign &&
    numberAt(view, at + 4) === largeEndBytes - 12 &&
    numberAt(view, locator + 8) === before + at
  if (!isThere) throw archiveRefused('its end names another end that is not there; pack it anew')
  if (numberAt(view, at + 24) !== numberAt(view, at + 32)) throw archiveRefused('it is one of several parts')
  return {
    entries: numberAt(view, at + 32),
    directoryBytes: numberAt(view, at + 40),
    directoryAt: numberAt(view, at + 48),
  }
}

/** A number of 64 bits. @throws Problem `archive-refused` where it is larger than any archive */
export function numberAt(view: DataView, at: number): number {
  const number = view.getBigUint64(at, true)
  if (number > BigInt(Number.MAX_SAFE_INTEGER)) throw archiveBroken('a number in it is out of range')
  return Number(number)
}
