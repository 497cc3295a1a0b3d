import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { resumeOperations } from '../../lambdas/monitoring/resume-operations.ts'
import type { Ports, Registry } from '../../lambdas/ports.ts'
import { decideOn, expireApprovals } from '../../lambdas/promotion/approval.ts'
import { promotionOperation } from '../../lambdas/promotion/promotion-operation.ts'
import type { HistoryEntry } from '../../lib/rules/audit.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { defaultLimits } from '../../lib/rules/rollout.ts'
import { openDatabase } from '../../local/database.ts'
import { SqliteRegistry } from '../../local/sqlite-registry.ts'

const id = 'promotion-1'
const expiresAt = 10_000
let database: ReturnType<typeof openDatabase>
let registry: Registry
beforeEach(() => {
  database = openDatabase(':memory:')
  registry = new SqliteRegistry(database)
})
afterEach(() => database.close())

/** A world that dies at its n-th write or effect, before it. */
function world(diesAt = Number.POSITIVE_INFINITY) {
  let done = 0
  const started: string[] = []
  const told: string[] = []
  const mortal =
    <Args extends unknown[], Out>(act: (...args: Args) => Promise<Out>) =>
    async (...args: Args): Promise<Out> => {
      done += 1
      if (done >= diesAt) throw new Error('the process died')
      return act(...args)
    }
  const records = new Map<number, HistoryEntry>()
  const ports = {
    registry: {
      operation: (one: string) => registry.operation(one),
      model: (one: string) => registry.model(one),
      version: (one: string, version: string) => registry.version(one, version),
      history: (one: string, after?: number) => registry.history(one, after),
      unfinished: () => registry.unfinished(),
      replaceOperation: mortal((seen: Operation, next: Operation) => registry.replaceOperation(seen, next)),
      commit: mortal((move: Parameters<Registry['commit']>[0]) => registry.commit(move)),
    },
    store: {
      recordedRev: async () => records.size,
      writeRecord: mortal(async (entry: HistoryEntry) => void records.set(entry.rev, entry)),
    },
    workflows: { start: mortal(async (operation: Operation) => void started.push(operation.id)) },
    events: { publish: mortal(async ({ type }: { type: string }) => void told.push(type)) },
    clock: { now: () => 1000 },
  } as unknown as Ports
  return { ports, started, told, records, writes: () => done }
}

async function ask(): Promise<void> {
  const asked = { model: 'churn', version: '1.1.0', alias: 'live', actor: 'ada', reason: 'better' }
  const approval = { needs: 'required', expiresAt } as const
  const plan = { rollout: { kind: 'all-at-once' }, limits: defaultLimits, approval } as const
  await registry.open(promotionOperation({ clock: { now: () => 0 } }, id, { ...asked, ...plan }))
}

const cases = (['approve', 'reject', 'expire'] as const).flatMap((decision) =>
  [1, 2, 3, 4, 5, 6].map((diesAt) => [decision, diesAt] as const),
)

test.each(cases)(
  '%s: a death before write %i is mended, and the history tells it once',
  async (decision, diesAt) => {
    await ask()
    const decide = (ports: Ports) => decideOn(ports, id, { decision, by: 'bea', reason: 'why' }, () => {})
    const dead = world(diesAt)
    await decide(dead.ports).catch(({ message }) => expect(message).toBe('the process died'))
    const mended = world()
    await expireApprovals(mended.ports)
    await resumeOperations(mended.ports)
    // Before its first write nothing was decided: it still waits.
    if (diesAt === 1) {
      expect((await registry.operation(id))?.state).toBe('waiting')
      await decide(mended.ports)
    }
    const over = await registry.operation(id)
    expect(over?.state).toBe(decision === 'approve' ? 'running' : 'failed')
    const history = await registry.history('churn')
    expect(history.map(({ kind, actor, operation }) => [kind, actor, operation])).toEqual([
      [decision === 'approve' ? 'approved' : 'rejected', 'bea', id],
    ])
    expect(new Set([...dead.records.keys(), ...mended.records.keys()])).toEqual(new Set([1]))
    const started = [...dead.started, ...mended.started]
    expect(started.length > 0).toBe(decision === 'approve')
    // Told at least once, unless it died between the last write and the telling: events are best effort.
    if (dead.writes() < 4) expect(mended.told).toHaveLength(1)
  },
)

test('what is not due stays, and what is due ends', async () => {
  await ask()
  const { ports, told } = world()
  await expireApprovals(ports)
  expect((await registry.operation(id))?.state).toBe('waiting')
  ;(ports.clock as { now: () => number }).now = () => expiresAt
  await expireApprovals(ports)
  expect(await registry.operation(id)).toMatchObject({
    state: 'failed',
    problem: { code: 'approval-expired' },
  })
  expect(told).toEqual(['Operation Failed'])
  expect(await registry.unfinished()).toEqual([])
})
