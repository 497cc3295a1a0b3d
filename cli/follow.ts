import { setTimeout as pause } from 'node:timers/promises'
import { isOver, type Operation } from '../lib/rules/operation.ts'
import { rolloutSteps } from '../lib/rules/rollout.ts'
import { said } from '../lib/rules/rollout-control.ts'
import type { Context } from './context.ts'
import { liveLine } from './terminal/live-line.ts'

const drawEveryMs = 100

/**
 * Follow an operation until it ends, and the promotions that it started: that of a release, and those to further
 * aliases. What happens is told line by line, and on a terminal the state is drawn live below.
 * @returns the operation that ended last
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
      const next = operation.promotion ?? operation.next
      if (next === undefined) return operation
      const [alias] = operation.then ?? []
      if (alias !== undefined) talk.say(`  · next: '${alias}' (${next})`)
      return follow({ platform, talk }, next)
    }
    if (operation.state === 'waiting') {
      // Nothing happens until a person decides: there is nothing to watch, maybe for days.
      display.end()
      return operation
    }
    display.draw(statusOf(operation, Date.now()))
    await pause(Math.max(drawEveryMs, platform.lookEveryMs))
  }
}

function symbolOf({ progress, state }: Operation, text: string): string {
  const last = progress.at(-1)?.text === text
  if (!last || state === 'running' || state === 'waiting') return '·'
  return state === 'succeeded' ? '✔' : '✖'
}

/** One line on where an operation stands: for a rollout the share as a bar, the time left, and the evidence. */
export function statusOf({ kind, model, version, rollout, paused, skip }: Operation, now: number): string {
  if (rollout === undefined || rollout.step < 0) return `${kind} of ${model} ${version} …`
  const weight = rolloutSteps(rollout.plan)[rollout.step]?.weightPercent ?? 0
  const filled = Math.round(weight / 5)
  const bar = `${'█'.repeat(filled)}${'░'.repeat(20 - filled)}`
  const share = `${version} ${bar} ${weight} %`
  // While it is paused its time stands still.
  const left = Math.max(0, Math.ceil((rollout.bakeEndsAt - (paused ? Date.parse(paused.at) : now)) / 1000))
  if (paused !== undefined) return `${share} · ${said('paused', paused)} · ${left} s left`
  if (skip?.step === rollout.step) return `${share} · ${said('skipped', skip)}`
  return `${share} · ${left} s · ${rollout.verdict?.reason ?? ''}`
}
