import type { BaselineFile } from '../../lib/rules/monitoring/baseline-columns.ts'

/** A file whose bytes can be read in parts. */
export interface BaselineSource {
  readonly file: BaselineFile
  /** In bytes. */
  readonly size: number
  /** @param first its first byte @param end behind its last byte; there is one at least */
  open(first: number, end: number): AsyncIterable<Uint8Array>
}
