import { parseCapturedRecord } from './capture-lines.ts'
import type { CapturedRecord } from './captured-call.ts'

/** So many records are handed over at once. */
const batch = 1000

/** The records among lines, as many at once as are worth a turn; what is no record is left out. */
export async function* recordBatches(lines: AsyncIterable<string>): AsyncGenerator<CapturedRecord[]> {
  let records: CapturedRecord[] = []
  for await (const line of lines) {
    const record = parseCapturedRecord(line)
    if (record !== undefined) records.push(record)
    if (records.length < batch) continue
    yield records
    records = []
  }
  if (records.length > 0) yield records
}
