import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { normalFrom, uniform } from '../../test/rules/drift/random.ts'

export const driftFeatures = 30

/** The same rows in two forms. */
export interface DriftRows {
  readonly rows: number
  /** One column of float32 after the other, the prediction last. */
  readonly binary: string
  /** `{"inputs": {"f0": …}, "prediction": …}`, one a line. */
  readonly lines: string
}

const blockRows = 20_000

/** Write rows of thirty features: normal, skewed, counts, far from zero, mostly zero. */
export async function writeDriftRows(
  rows: number,
  seed: number,
  binary: string,
  lines: string,
): Promise<DriftRows> {
  const next = uniform(seed)
  const normal = normalFrom(next)
  const draws = [
    () => normal(),
    () => Math.exp(normal()),
    () => Math.floor(-Math.log(1 - next()) * 20),
    () => 1000 + 5 * normal(),
    () => (next() < 0.6 ? 0 : normal() * 3),
  ]
  const columnsFile = await open(binary, 'w')
  const text = createWriteStream(lines)
  for (let from = 0; from < rows; from += blockRows) {
    const count = Math.min(blockRows, rows - from)
    const columns = Array.from({ length: driftFeatures }, (_, i) =>
      Float32Array.from({ length: count }, draws[i % 5] ?? normal),
    )
    const prediction = Float32Array.from(
      { length: count },
      (_, row) => (columns[0]?.[row] ?? 0) / 2 + normal(),
    )
    for (const [i, column] of [...columns, prediction].entries())
      await columnsFile.write(new Uint8Array(column.buffer), 0, column.byteLength, 4 * (i * rows + from))
    if (!text.write(linesOf(columns, prediction))) await once(text, 'drain')
  }
  await columnsFile.close()
  text.end()
  await once(text, 'finish')
  return { rows, binary, lines }
}

/** Six digits, as JSON of measured values has them: all 24 bits would take twice the text. */
function linesOf(columns: readonly Float32Array[], prediction: Float32Array): string {
  let text = ''
  for (const [row, score] of prediction.entries()) {
    const inputs = columns.map((column, i) => `"f${i}":${Number((column[row] ?? 0).toPrecision(6))}`)
    text += `{"inputs":{${inputs.join(',')}},"prediction":${Number(score.toPrecision(6))}}\n`
  }
  return text
}
