import { CommanderError, Option } from 'commander'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'

/** What a verb of the command does. */
export type Verb = (context: Context) => Promise<ExitCode>

/** Have a verb done, with whatever it was given. */
export type Act = (verb: Verb) => Promise<void>

/** What every verb takes. */
export interface GlobalOptions {
  readonly json?: boolean
  readonly platform: string
  readonly key?: string
}

/** The code of an argument that is out of range: commander has not said so itself. */
export const usage = 'sluice.usage'

/** An argument of ours is not what is allowed. */
export function outOfRange(option: string, found: string, allowed: string): CommanderError {
  return new CommanderError(1, usage, `error: ${option} is '${found}', and allowed is ${allowed}`)
}

/** Who calls, where a platform asks. */
export function keyOption(): Option {
  return new Option('--key <key>', 'a key or token that says who calls; better in the environment').env(
    'SLUICE_API_KEY',
  )
}

/** What a verb was given, without what is every verb's. */
export function withoutGlobal<Options extends GlobalOptions>(
  options: Options,
): Omit<Options, keyof GlobalOptions> {
  const { json: _, platform: __, key: ___, ...own } = options
  return own
}

/** How far a number may be off. */
export function toleranceOf(text: string): number {
  const tolerance = Number(text)
  if (text.trim() !== '' && Number.isFinite(tolerance) && tolerance >= 0) return tolerance
  throw outOfRange('--tolerance', text, 'a number of at least 0, such as 0.01')
}
