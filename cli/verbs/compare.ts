import { setTimeout as pause } from 'node:timers/promises'
import { parseModelName, parseVersion } from '../../lib/rules/names.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import { newComparisonId } from '../../lib/wiring/comparison-id.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'
import { agreementSentence, comparisonText } from '../terminal/comparison-text.ts'
import { liveLine } from '../terminal/live-line.ts'

export interface CompareOptions {
  readonly last: number
  readonly tolerance: number
}

const lookEveryMs = 500

/** Ask two versions what was asked before, and show where they differ. */
export async function compare(
  { talk, platform }: Context,
  name: string,
  a: string,
  b: string,
  options: CompareOptions,
): Promise<ExitCode> {
  const model = parseModelName(name)
  const id = newComparisonId(Date.now(), Math.random())
  const asked = { a: parseVersion(a), b: parseVersion(b), ...options, id }
  const over = new AbortController()
  const comparing = platform.compare(model, asked).finally(() => over.abort())
  const [found] = await Promise.all([
    comparing,
    talk.live ? watch({ talk, platform }, model, id, over.signal) : undefined,
  ])
  talk.data(found, comparisonText(found))
  return exitCode.done
}

/** Show how far it is, until it is over. */
async function watch(
  { talk, platform }: Context,
  model: string,
  id: string,
  over: AbortSignal,
): Promise<void> {
  const line = liveLine(talk)
  while (!over.aborted) {
    try {
      const { report, found } = await platform.comparison(model, id)
      line.draw(`${report.compared} of ${found} compared; ${agreementSentence(report)}`)
    } catch (error) {
      // It has not begun yet, or the platform is busy: what is compared in the end is told by the answer.
      if (!isProblem(error)) throw error
      line.draw('reading what was recorded')
    }
    await pause(lookEveryMs, undefined, { signal: over }).catch(() => {})
  }
  line.end()
}
