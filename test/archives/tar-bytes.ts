import { gzipSync } from 'node:zlib'

/** An entry of a tar, field by field: what a tool would write, unless a case says otherwise. */
export interface TarPart {
  readonly name: string | Uint8Array
  readonly body?: string | Uint8Array
  readonly type?: string
  readonly mode?: number
  /** The 12 bytes of the size, where they are not those of the body. */
  readonly sizeField?: string | Uint8Array
  readonly link?: string
  readonly prefix?: string
  readonly magic?: string
  readonly checksum?: number
}

const block = 512

/** One entry: its header and its bytes, filled up to blocks. */
export function tarEntry({ name, body = '', type = '0', mode = 0o644, ...more }: TarPart): Buffer {
  const bytes = bytesOf(body)
  const header = Buffer.alloc(block)
  header.set(bytesOf(name).subarray(0, 100), 0)
  header.write(`${mode.toString(8).padStart(7, '0')}\0`, 100, 'latin1')
  header.write('0000000\x000000000\0', 108, 'latin1')
  header.set(bytesOf(more.sizeField ?? `${bytes.length.toString(8).padStart(11, '0')}\0`), 124)
  header.write('00000000000\0', 136, 'latin1')
  header.write(type, 156, 'latin1')
  header.write(more.link ?? '', 157, 'utf8')
  header.write(more.magic ?? 'ustar\x0000', 257, 'latin1')
  header.write(more.prefix ?? '', 345, 'utf8')
  header.fill(0x20, 148, 156)
  const sum = more.checksum ?? header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  const padding = Buffer.alloc((block - (bytes.length % block)) % block)
  return Buffer.concat([header, bytes, padding])
}

function bytesOf(content: string | Uint8Array): Buffer {
  return Buffer.from(typeof content === 'string' ? new TextEncoder().encode(content) : content)
}

/** Records of an extended header: `LENGTH KEY=VALUE\n`. */
export function paxRecords(records: readonly (readonly [string, string])[]): string {
  return records
    .map(([key, value]) => {
      const rest = Buffer.byteLength(` ${key}=${value}\n`)
      let length = rest
      while (length !== rest + String(length).length) length = rest + String(length).length
      return `${length} ${key}=${value}\n`
    })
    .join('')
}

/** An extended header for the entry behind it. */
export function pax(...records: (readonly [string, string])[]): Buffer {
  return tarEntry({ name: 'PaxHeaders/x', type: 'x', body: paxRecords(records) })
}

export const endOfTar = Buffer.alloc(2 * block)

export function file(name: string | Uint8Array, more: Partial<TarPart> = {}): Buffer {
  return tarEntry({ name, body: 'x', ...more })
}

/** A tar with its end. */
export function tar(entries: readonly Buffer[]): Buffer {
  return Buffer.concat([...entries, endOfTar])
}

export function tarGz(entries: readonly Buffer[]): Buffer {
  return gzipSync(tar(entries))
}
