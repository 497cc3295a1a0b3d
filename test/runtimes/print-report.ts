import { tableOfRows } from './report.ts'

export default function printReport(): void {
  process.stderr.write(`\n${tableOfRows()}\n`)
}
