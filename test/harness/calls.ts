import type { CallBook } from '../../lambdas/ports.ts'
import type { VersionCall, VersionCaller } from '../../lib/rules/calls.ts'

/** Where nobody asks who calls. */
export const nobodyCalls: CallBook = { note: () => {}, of: async () => [] }

/** Calls that are remembered one by one, and callers that the test sets. */
export class RememberedCalls implements CallBook {
  readonly noted: VersionCall[] = []
  callers: VersionCaller[] = []

  note(call: VersionCall): void {
    this.noted.push(call)
  }

  async of(): Promise<VersionCaller[]> {
    return this.callers
  }
}
