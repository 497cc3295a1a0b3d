import { appendFileSync } from 'node:fs'
import { storageFaultOf } from './storage-fault.ts'

/** A full disk is met by everything again and again: it is told once in this long. */
const tellAgainMs = 60_000

/**
 * Faults that no caller is there for go into a file; where that cannot be written, to whoever watches. A fault of the
 * disk is told to whoever watches, in a sentence, since a person has to mend it.
 */
export function faultLog(path: string): (fault: unknown) => void {
  let toldAt = Number.NEGATIVE_INFINITY
  return (fault) => {
    const storage = storageFaultOf(fault)
    if (storage !== undefined) {
      if (performance.now() - toldAt < tellAgainMs) return
      toldAt = performance.now()
      console.error(`sluice: ${storage.message}; what is under way waits, and what is ready answers`)
    }
    const text = Error.isError(fault) ? fault.stack : String(fault)
    try {
      appendFileSync(path, `${new Date().toISOString()} ${text}\n`)
    } catch {
      if (storage === undefined) console.error(fault)
    }
  }
}
