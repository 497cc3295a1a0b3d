import { archiveBroken, archiveRefused } from './archive-kind.ts'

/** What the extended headers of pax say of an entry that matters here; the rest is about owners and times. */
export interface PaxFacts {
  readonly path?: Uint8Array
  readonly size?: number
  readonly sparse?: true
}

const space = 0x20
const equals = 0x3d
const lineEnd = 0x0a
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Read the records of an extended header (POSIX pax: `LENGTH KEY=VALUE\n`), each to its last byte: what one reader skips
 * and another takes is how an archive shows two faces. @throws Problem `archive-refused`
 */
export function readPaxRecords(bytes: Uint8Array): PaxFacts {
  const records = new Map<string, Uint8Array>()
  for (let at = 0; at < bytes.length; ) {
    const gap = bytes.indexOf(space, at)
    const digits = text(bytes.subarray(at, gap === -1 ? at : gap))
    const end = at + (/^[1-9]\d{0,8}$/.test(digits) ? Number(digits) : 0)
    const sign = bytes.indexOf(equals, gap)
    if (end > bytes.length || sign === -1 || sign >= end || bytes[end - 1] !== lineEnd) throw malformed()
    const key = text(bytes.subarray(gap + 1, sign))
    if (records.has(key)) throw archiveRefused(`an extended header says '${key}' twice; pack it anew`)
    records.set(key, bytes.subarray(sign + 1, end - 1))
    at = end
  }
  return factsIn(records)
}

function factsIn(records: ReadonlyMap<string, Uint8Array>): PaxFacts {
  const path = records.get('path')
  const size = records.get('size')
  const digits = size === undefined ? '' : text(size)
  if (size !== undefined && !/^\d{1,15}$/.test(digits)) throw malformed()
  if (records.has('hdrcharset'))
    throw archiveRefused('its names are written in another code than UTF-8; pack it with names in UTF-8')
  const sparse = [...records.keys()].some((key) => /^GNU\.sparse\.|^SCHILY\.(?:realsize|offset)$/.test(key))
  return {
    ...(path !== undefined && { path }),
    ...(size !== undefined && { size: Number(digits) }),
    ...(sparse && { sparse }),
  }
}

function text(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw malformed()
  }
}

function malformed() {
  return archiveBroken('an extended header is malformed')
}
