import type { Operation } from '../../lib/rules/operation.ts'
import { Problem, type ProblemCode } from '../../lib/rules/problem.ts'
import type { Ports } from '../ports.ts'

/**
 * When to look again at something that is being made: a tenth of the time that has passed, so that a day of waiting
 * takes fewer than 150 looks. @throws Problem of the code given, where the operation's deadline has passed
 */
export function lookAgain(
  { clock, settings }: Pick<Ports, 'clock' | 'settings'>,
  { startedAt, deadline }: Pick<Operation, 'startedAt' | 'deadline'>,
  code: ProblemCode,
  what: string,
): string {
  const now = clock.now()
  if (now >= deadline) throw new Problem(code, `${what} was not there before the deadline`)
  const pauseMs = Math.max(settings.pollIntervalMs, (now - Date.parse(startedAt)) / 10)
  return new Date(Math.min(now + pauseMs, deadline)).toISOString()
}
