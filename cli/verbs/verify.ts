import pLimit from 'p-limit'
import { counted } from '../../lib/rules/problem.ts'
import type { Verification } from '../../lib/rules/verification.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'

/** So many models are verified at once. */
const modelsAtOnce = 4

/**
 * Check the audit chain of a model, or of every one. A chain that is broken is nobody's mistake here and says nothing
 * of any model: it is the platform that cannot be believed, and the exit code says so.
 */
export async function verify({ talk, platform }: Context, model: string | undefined): Promise<ExitCode> {
  const names = model === undefined ? await platform.verifiableModels() : [model]
  const inTurn = pLimit(modelsAtOnce)
  const models = await Promise.all(names.map((name) => inTurn(() => platform.verification(name))))
  const holds = models.every((one) => one.holds)
  if (names.length === 0) talk.say('no model yet: there is nothing to verify')
  if (names.length > 0 || talk.json) talk.data({ holds, models }, models.map(line).join('\n'))
  if (!holds) talk.say(talk.paint('dim', '  sluice explain chain-broken'))
  return holds ? exitCode.done : exitCode.platform
}

function line({ model, entries, head, unrecorded, break: broken }: Verification): string {
  if (broken !== undefined) return `✖ ${model}: entry ${broken.rev} ${broken.fault}`
  const upTo = head === '' ? '' : ` up to ${head.slice(0, 12)}`
  const waiting = unrecorded === 0 ? '' : `; ${unrecorded} not yet recorded`
  return `✔ ${model} holds: ${counted(entries, 'entry', 'entries')}${upTo}${waiting}`
}
