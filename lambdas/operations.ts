import { isOver, type Machine, type Operation, type OperationState } from '../lib/rules/operation.ts'
import { Problem, type ProblemFacts, shown } from '../lib/rules/problem.ts'
import type { Ports } from './ports.ts'

type Facts = Partial<Omit<Operation, 'id' | 'kind' | 'model' | 'progress'>>
/** What is added, or a rule that forms it from the operation as it stands: others may change it meanwhile. */
type Added = Facts | ((seen: Operation) => Facts)

/** The operation a step works for. @throws Problem `operation-unknown` */
export async function operationOf({ registry }: Pick<Ports, 'registry'>, id: string): Promise<Operation> {
  const operation = await registry.operation(id)
  if (operation === undefined) throw new Problem('operation-unknown', `there is no operation ${shown(id)}`)
  return operation
}

/**
 * Add facts to an operation, and a line of progress where there is something to tell. A line that is the last one
 * already is not told twice, and an operation that is over does not change any more.
 */
export async function note(
  { registry, clock }: Pick<Ports, 'registry' | 'clock'>,
  id: string,
  facts: Added,
  text?: string,
): Promise<Operation> {
  for (;;) {
    const seen = await operationOf({ registry }, id)
    if (isOver(seen)) return seen
    const told = text === undefined || seen.progress.at(-1)?.text === text
    const line = { at: new Date(clock.now()).toISOString(), text: text ?? '' }
    const added = typeof facts === 'function' ? facts(seen) : facts
    const next = { ...seen, ...added, progress: told ? seen.progress : [...seen.progress, line] }
    if (await registry.replaceOperation(seen, next)) return next
  }
}

/** End an operation. The second end of one operation changes nothing. */
export function end(
  ports: Pick<Ports, 'registry' | 'clock'>,
  id: string,
  state: Exclude<OperationState, 'running' | 'waiting'>,
  text: string,
  problem?: ProblemFacts,
  facts: Pick<Operation, 'next'> = {},
): Promise<Operation> {
  const endedAt = new Date(ports.clock.now()).toISOString()
  return note(ports, id, { ...facts, state, endedAt, ...(problem !== undefined && { problem }) }, text)
}

/** End an operation that failed, and tell the world. */
export async function endInFailure(
  ports: Pick<Ports, 'registry' | 'clock' | 'events'>,
  id: string,
  problem: Problem,
  type: 'Operation Failed' | 'Release Failed',
): Promise<void> {
  const operation = await end(ports, id, 'failed', problem.message, problem.facts)
  const { kind, alias } = operation
  const facts = { ...askedBy(operation), message: problem.message, code: problem.code }
  await ports.events.publish(
    type === 'Release Failed'
      ? { type, ...facts }
      : { type, ...facts, kind, ...(alias !== undefined && { alias }) },
  )
}

/** What every event of an operation tells: of what, by whom and why. */
export function askedBy({ id, model, version, actor, reason }: Operation) {
  return { model, version, operation: id, actor, reason }
}

/** A new id: sorted by time, told apart by chance. Fit for the name of an execution. */
export function newOperationId(
  kind: Machine | 'deprecation' | 'shadow',
  { clock, random }: Pick<Ports, 'clock' | 'random'>,
): string {
  const chance = Math.floor(random.draw() * 36 ** 6)
  return `${kind}-${clock.now().toString(36)}-${chance.toString(36).padStart(6, '0')}`
}

/**
 * Write an operation down, then start its machine. Where it was written before, it is the one that is started again:
 * a crash in between is mended by doing the same once more.
 */
export async function begin(
  { registry, workflows }: Pick<Ports, 'registry' | 'workflows'>,
  operation: Operation,
): Promise<Operation> {
  const opened = await registry.open(operation)
  const standing = opened ? operation : await operationOf({ registry }, operation.id)
  if (standing.state === 'running') await workflows.start(standing)
  return standing
}
