import { archiveBroken, archiveRefused } from './archive-kind.ts'

/** What matters here of the extra fields of an entry; the rest is about times and owners. */
export interface ZipExtra {
  /** Sizes and places too large for their own fields. */
  readonly large?: DataView
  /** The name again, in UTF-8. */
  readonly unicodeName?: Uint8Array
}

const largeField = 0x0001
const unicodeNameField = 0x7075
const encryptionFields = [0x0017, 0x9901]

/** Read extra fields (APPNOTE 4.5): each has a number, a length and its bytes. @throws Problem `archive-refused` */
export function extraFields(bytes: Uint8Array): ZipExtra {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fields = new Map<number, Uint8Array>()
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 <= bytes.length ? at + 4 + view.getUint16(at + 2, true) : bytes.length + 1
    if (end > bytes.length) throw archiveBroken('an extra field in it is malformed')
    const number = view.getUint16(at, true)
    if (encryptionFields.includes(number)) throw archiveRefused('it is encrypted; pack it without a password')
    if (fields.has(number) && (number === largeField || number === unicodeNameField))
      throw archiveRefused('an entry in it has two sizes or two names; pack it anew')
    fields.set(number, bytes.subarray(at + 4, end))
    at = end
  }
  const large = fields.get(largeField)
  const named = fields.get(unicodeNameField)
  return {
    ...(large !== undefined && { large: new DataView(large.buffer, large.byteOffset, large.byteLength) }),
    // A version of one byte and a sum of four come first.
    ...(named !== undefined && { unicodeName: named.subarray(5) }),
  }
}
