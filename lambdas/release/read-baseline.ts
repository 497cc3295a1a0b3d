import { addRecord, emptySketch, type VersionSketch } from '../../lib/rules/drift/version-sketch.ts'
import {
  type BaselineFile,
  type BaselineRow,
  baselineFileOf,
  baselineInvalid,
} from '../../lib/rules/monitoring/baseline-columns.ts'
import { watchedSignature } from '../../lib/rules/monitoring/watched-signature.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import { rowsOfCsv, rowsOfJsonLines } from './baseline-lines.ts'
import { rowsOfParquet } from './baseline-parquet.ts'
import type { BaselineSource } from './baseline-source.ts'

/** A sample that tells what training saw needs no more, and a step that reads it has minutes. */
const mostBytes = 256 << 20

/** What the file of a baseline is made into. */
export interface ReadBaseline {
  readonly file: BaselineFile
  readonly sketch: VersionSketch
}

/** What of a version is looked at, and in what it is hidden. */
export interface Watched {
  readonly signature: Signature | undefined
  /** Inputs and outputs of which nothing may be kept. */
  readonly hidden: Parameters<typeof watchedSignature>[1]
}

/**
 * Read the baseline of a release, row by row, into a sketch: no row is kept.
 * @param open how a file of the release is read @returns undefined where there is none
 * @throws Problem `baseline-invalid`
 */
export async function readBaseline(
  files: readonly { readonly path: string; readonly size?: number }[],
  { signature, hidden }: Watched,
  open: (path: string) => BaselineSource['open'],
): Promise<ReadBaseline | undefined> {
  const file = baselineFileOf(files.map(({ path }) => path))
  if (file === undefined) return undefined
  if (signature === undefined)
    throw baselineInvalid(
      `the release has ${file}, and does not say what the model takes: write its signature, or leave the baseline out`,
    )
  const size = files.find(({ path }) => path === file)?.size ?? 0
  if (size > mostBytes)
    throw baselineInvalid(
      `${file} has ${size} bytes, and up to ${mostBytes} are read: take a sample of it; some 10,000 rows tell as much`,
    )
  const sketch = emptySketch(watchedSignature(signature, hidden))
  const rows = size === 0 ? [] : rowsOf({ file, size, open: open(file) }, signature)
  for await (const { inputs, prediction } of rows) addRecord(sketch, inputs, prediction)
  if (sketch.rows === 0)
    throw baselineInvalid(`${file} has no rows: write what the model was trained on, or leave the file out`)
  return { file, sketch }
}

function rowsOf(source: BaselineSource, signature: Signature): AsyncIterable<BaselineRow> {
  if (source.file === 'baseline.csv') return rowsOfCsv(source, signature)
  return source.file === 'baseline.jsonl'
    ? rowsOfJsonLines(source, signature)
    : rowsOfParquet(source, signature)
}
