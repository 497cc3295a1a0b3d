import { setTimeout as pause } from 'node:timers/promises'
import { isOver, type Operation } from '../lib/rules/operation.ts'
import { rolloutSteps } from '../lib/rules/rollout.ts'
import type { Context } from './context.ts'
import { liveLine } from './terminal/live-line.ts'

const drawEveryMs = 100

/**
 * Follow an operation until it ends, and the promotion that a release started: what it does is told line by line as it
 * happens, and on a terminal its state is drawn live below.
 * @returns the operation that ended last: the promotion's, where there was one
 */
export async function follow({ platform, talk }: Context, id: string): Promise<Operation> {
  const display = liveLine(talk)
  let told = 0
  for (;;) {
    const operation = await platform.operation(id)
    for (const { text } of operation.progress.slice(told))
      display.line(`  ${symbolOf(operation, text)} ${text}`)
    told = operation.progress.length
    if (isOver(operation)) {
      display.end()
      return operation.promotion === undefined ? operation : follow({ platform, talk }, operation.promotion)
    }
    if (operation.state === 'waiting') {
      // Nothing happens until a person decides: there is nothing to watch, maybe for days.
      display.end()
      return operation
    }
    display.draw(statusOf(operation))
    await pause(Math.max(drawEveryMs, platform.lookEveryMs))
  }
}

function symbolOf({ progress, state }: Operation, text: string): string {
  const last = progress.at(-1)?.text === text
  if (!last || state === 'running' || state === 'waiting') return '·'
  return state === 'succeeded' ? '✔' : '✖'
}

/** One line on where an operation stands: for a rollout the share as a bar, the time left, and the evidence. */
function statusOf({ kind, model, version, rollout }: Operation): string {
  if (rollout === undefined || rollout.step < 0) return `${kind} of ${model} ${version} …`
  const weight = rolloutSteps(rollout.plan)[rollout.step]?.weightPercent ?? 0
  const filled = Math.round(weight / 5)
  const bar = `${'█'.repeat(filled)}${'░'.repeat(20 - filled)}`
  const left = Math.max(0, Math.ceil((rollout.bakeEndsAt - Date.now()) / 1000))
  return `${version} ${bar} ${weight} % · ${left} s · ${rollout.verdict?.reason ?? ''}`
}
