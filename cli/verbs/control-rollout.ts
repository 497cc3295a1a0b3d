import { describeControl, type RolloutControl } from '../../lib/rules/rollout-control.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'

export interface ControlOptions {
  readonly reason: string
  /** Skip: the step, 1 for the first. */
  readonly step?: number
}

/** Pause, resume, skip a step of, or abort a rollout, and say how it stands then. */
export async function controlRollout(
  { platform, talk }: Context,
  control: RolloutControl,
  id: string,
  { reason, step }: ControlOptions,
): Promise<ExitCode> {
  const asked = control === 'skip' ? { step: await stepOf(platform, id, step), reason } : { reason }
  const changed = await platform.controlRollout(id, control, asked)
  talk.data(changed, describeControl(control, changed))
  return exitCode.done
}

/** The step that is skipped is named, so that two who skip at once skip one. */
async function stepOf(platform: Context['platform'], id: string, step: number | undefined): Promise<number> {
  if (step !== undefined) return step - 1
  const { rollout } = await platform.operation(id)
  // What bakes at no step is refused by the platform, which says why.
  return Math.max(0, rollout?.step ?? 0)
}
