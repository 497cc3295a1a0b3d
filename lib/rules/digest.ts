import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import canonicalize from 'canonicalize'

/** SHA-256 of a text (UTF-8), as 64 hex digits. */
export function sha256Hex(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)))
}

/** SHA-256 of a text (UTF-8) in Base64, as a Content-Security-Policy has it. */
export function sha256Base64(text: string): string {
  return btoa(String.fromCharCode(...sha256(utf8ToBytes(text))))
}

/** A number in [0, 1) that depends on the text alone and is spread evenly: the first 48 bits of its SHA-256. */
export function unitInterval(text: string): number {
  const hash = sha256(utf8ToBytes(text))
  const view = new DataView(hash.buffer, hash.byteOffset)
  return (view.getUint32(0) * 0x1_0000 + view.getUint16(4)) / 2 ** 48
}

/** JSON with one spelling for one value (RFC 8785), so that equal values have equal hashes. */
export function canonicalJson(value: unknown): string {
  return canonicalize(value) as string
}
