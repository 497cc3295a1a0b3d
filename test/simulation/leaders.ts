import { requestApproval } from '../../lambdas/control/approvals.ts'
import { controlRollout } from '../../lambdas/control/rollout-requests.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import type { RolloutControl } from '../../lib/rules/rollout-control.ts'
import { ask } from './asking.ts'
import { hour, minute, nowAndThen, oneIn, type Stage } from './stage.ts'

/** Those who watch rollouts: they hold, go on with and end them, and decide on what waits for a person. */
export function beginLeading(stage: Stage): void {
  nowAndThen(stage, 2 * hour, () => decide(stage))
  nowAndThen(stage, 20 * minute, () => lead(stage))
  const tidy = async () => {
    if (stage.isQuiet) for (const one of unfinished(stage)) await letGo(stage, one)
    stage.world.time.after(10 * minute, tidy)
  }
  stage.world.time.after(minute, tidy)
}

const unfinished = ({ world }: Stage) =>
  world.registry.standing.unfinished().filter(({ kind }) => kind === 'promotion')

async function decide(stage: Stage): Promise<void> {
  const waiting = unfinished(stage).filter(({ state }) => state === 'waiting')
  if (waiting.length === 0) return
  const { chance } = stage
  const decision = oneIn(chance, 4) ? 'reject' : 'approve'
  await decideOn(stage, chance.pick(waiting), decision, chance.pick(['ana', 'ben', 'eve', 'eve']))
}

function decideOn(stage: Stage, { id }: Operation, decision: 'approve' | 'reject', actor: string) {
  const asked = { decision, reason: 'it was looked at' } as const
  return ask(stage, `${decision} ${id} by ${actor}`, (ports) =>
    requestApproval(ports, id, asked, { actor, grants: undefined }),
  )
}

async function lead(stage: Stage): Promise<void> {
  const running = unfinished(stage).filter(({ state }) => state === 'running')
  if (running.length === 0) return
  const one = stage.chance.pick(running)
  const controls = ['pause', 'skip', 'skip', 'abort'] as const
  await control(stage, one, one.paused === undefined ? stage.chance.pick(controls) : 'resume')
}

/** What is asked for holds from the answer on; what is taken back by it may move again from the question on. */
async function control(stage: Stage, { id, rollout }: Operation, what: RolloutControl): Promise<void> {
  const { ledger } = stage
  const resumes = () => ledger.resumes.get(id) ?? 0
  if (what === 'resume') {
    ledger.held.delete(id)
    ledger.resumes.set(id, resumes() + 1)
  }
  const resumed = resumes()
  if (what === 'skip') ledger.skipped.add(id)
  const step = rollout?.step ?? 0
  const isPromised = await ask(stage, `${what} ${id}`, (ports) =>
    controlRollout(ports, what, id, { actor: 'fay', reason: 'to look at it', step }),
  )
  if (!isPromised) return
  ledger.count(`led: ${what}`)
  // Whoever sees a pause may take it back before its answer has come.
  if (what === 'abort' || (what === 'pause' && resumes() === resumed)) ledger.held.set(id, what)
}

/** Before the end somebody decides on whatever waits for a person, so that everything can come to rest. */
async function letGo(stage: Stage, one: Operation): Promise<void> {
  if (one.state === 'waiting') await decideOn(stage, one, 'reject', 'eve')
  else if (one.paused !== undefined) await control(stage, one, 'resume')
}
