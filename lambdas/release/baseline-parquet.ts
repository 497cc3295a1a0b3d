import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { type FileMetaData, parquetMetadataAsync, parquetRead, parquetSchema } from 'hyparquet'
import {
  type BaselineRow,
  type BaselineRowReader,
  baselineInvalid,
  baselineReader,
} from '../../lib/rules/monitoring/baseline-columns.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import type { BaselineSource } from './baseline-source.ts'

/** A group of rows is taken into memory as a whole. */
const mostGroupBytes = 128 << 20

/** Where pandas keeps the names of rows. */
const isIndex = (name: string) => /^__index_level_\d+__$/.test(name)

/** A page where every value is missing has nothing in it, and no limit may be nothing. */
const atMost = (bytes: number) => ({ maxOutputLength: Math.max(1, bytes) })

/** The compressions that the library does not have, and Node does; none may become more than it says. */
const compressors = {
  GZIP: (bytes: Uint8Array, length: number) => gunzipSync(bytes, atMost(length)),
  ZSTD: (bytes: Uint8Array, length: number) => zstdDecompressSync(bytes, atMost(length)),
  BROTLI: (bytes: Uint8Array, length: number) => brotliDecompressSync(bytes, atMost(length)),
}

/** Rows of a Parquet file, a group of them at a time. */
export async function* rowsOfParquet(
  source: BaselineSource,
  signature: Signature,
): AsyncGenerator<BaselineRow> {
  const parquet = { byteLength: source.size, slice: (from: number, end?: number) => part(source, from, end) }
  const metadata = await parquetMetadataAsync(parquet).catch(unreadable(source))
  refuseLargeGroups(source, metadata)
  const columns = parquetSchema(metadata)
    .children.map(({ element }) => element.name)
    .filter((name) => !isIndex(name))
  const read = baselineReader(source.file, columns, signature, 'values')
  let rowStart = 0
  for (const { num_rows } of metadata.row_groups) {
    const group = { rowStart, rowEnd: rowStart + Number(num_rows) }
    const values = new Map<string, ColumnPart[]>(columns.map((name) => [name, []]))
    await parquetRead({
      ...{ file: parquet, metadata, columns, compressors, ...group },
      onChunk: ({ columnName, ...chunk }) => values.get(columnName)?.push(chunk),
    }).catch(unreadable(source))
    yield* rowsOfGroup(group, columns, values, read)
    rowStart = group.rowEnd
  }
}

interface ColumnPart {
  readonly columnData: ArrayLike<unknown>
  readonly rowStart: number
  readonly rowEnd: number
}

function* rowsOfGroup(
  { rowStart, rowEnd }: { readonly rowStart: number; readonly rowEnd: number },
  columns: readonly string[],
  values: ReadonlyMap<string, readonly ColumnPart[]>,
  read: BaselineRowReader,
): Generator<BaselineRow> {
  const parts = columns.map((name) => (values.get(name) ?? []).toSorted((a, b) => a.rowStart - b.rowStart))
  const at = columns.map(() => 0)
  for (let row = rowStart; row < rowEnd; row += 1) {
    const cells = parts.map((ofColumn, i) => {
      while ((ofColumn[at[i] ?? 0]?.rowEnd ?? Number.POSITIVE_INFINITY) <= row) at[i] = (at[i] ?? 0) + 1
      const chunk = ofColumn[at[i] ?? 0]
      return chunk?.columnData[row - chunk.rowStart]
    })
    yield read(cells, row + 1)
  }
}

function refuseLargeGroups({ file }: BaselineSource, { row_groups }: FileMetaData): void {
  const largest = row_groups.reduce((most, { total_byte_size }) => Math.max(most, Number(total_byte_size)), 0)
  if (largest > mostGroupBytes)
    throw baselineInvalid(
      `${file} has a group of rows of ${largest} bytes, and up to ${mostGroupBytes} are read at once: write it with smaller ones, such as row_group_size=100_000, or take a sample`,
    )
}

async function part({ size, open }: BaselineSource, from: number, end = size): Promise<ArrayBuffer> {
  const pieces: Uint8Array[] = []
  if (end > from) for await (const piece of open(from, Math.min(end, size))) pieces.push(piece)
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.byteLength
  }
  return bytes.buffer
}

/** Whatever the library says of bytes that it does not understand. */
function unreadable({ file }: BaselineSource): (error: unknown) => never {
  return (error) => {
    if (isProblem(error) || !Error.isError(error)) throw error
    throw baselineInvalid(
      `${file} cannot be read: ${error.message.replaceAll(/\s+/g, ' ').slice(0, 200)}; write it as pandas does, or as baseline.csv`,
    )
  }
}
