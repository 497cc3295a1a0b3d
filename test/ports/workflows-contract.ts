import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Workflows } from '../../lambdas/ports.ts'
import { type Machine, machines, type Operation } from '../../lib/rules/operation.ts'
import { operationRecord } from '../harness/records.ts'
import { until } from '../harness/until.ts'

/** An execution that really began. */
export interface Execution {
  readonly machine: Machine
  readonly operation: string
  readonly execution: number
}

export interface WorkflowsWorld {
  readonly workflows: Workflows
  /** Start an operation whose machine does not end before the world closes. */
  hold(operation: Operation): Promise<void>
  /** Every execution that began so far, each beginning once more if it began again. The machines end at once. */
  began(): Promise<readonly Execution[]>
  close(): Promise<void>
}

/** What every runner of the state machines keeps its word on, in whatever world. */
export function workflowsContract(world: string, make: () => Promise<WorkflowsWorld>): void {
  describe(`the workflows of ${world}`, () => {
    let made: WorkflowsWorld

    beforeAll(async () => {
      made = await make()
    }, 60_000)
    afterAll(() => made.close())

    const of = async (id: string) => (await made.began()).filter(({ operation }) => operation === id)

    /** Start another operation and wait until it began: whatever was started before has begun by then, too. */
    async function startedAfter(): Promise<void> {
      const id = `after-${performance.now().toString().replace('.', '-')}`
      await made.workflows.start(operationRecord(id))
      await until(`${id} begins`, async () => (await of(id)).length > 0, 30_000)
    }

    test.each(machines)('run the machine of a %s', async (kind) => {
      const operation = operationRecord(`kind-${kind}`, { kind })
      await made.workflows.start(operation)
      const [begun] = await until('it begins', async () => {
        const found = await of(operation.id)
        return found.length > 0 && found
      })
      expect(begun).toEqual({ machine: kind, operation: operation.id, execution: 0 })
    })

    test('run an operation once that is started twice', async () => {
      const operation = operationRecord('twice')
      await made.workflows.start(operation)
      await made.workflows.start(operation)
      await until('it begins', async () => (await of('twice')).length > 0)
      await made.workflows.start(operation)
      await startedAfter()
      expect(await of('twice')).toHaveLength(1)
    })

    test('run an operation once that many start at once', async () => {
      const operation = operationRecord('at-once')
      await Promise.all(Array.from({ length: 10 }, () => made.workflows.start(operation)))
      await startedAfter()
      expect(await of('at-once')).toHaveLength(1)
    })

    test('run the next execution of an operation under a name of its own', async () => {
      const operation: Operation = operationRecord('goes-on')
      await made.workflows.start(operation)
      await made.workflows.start({ ...operation, executions: 1 })
      await made.workflows.start({ ...operation, executions: 1 })
      const begun = await until('both begin', async () => {
        const found = await of('goes-on')
        return found.length >= 2 && found
      })
      await startedAfter()
      expect(await of('goes-on')).toHaveLength(2)
      expect(begun.map(({ execution }) => execution).toSorted()).toEqual([0, 1])
    })

    test('say of an execution that never was, or has ended, that it does not run', async () => {
      const operation = operationRecord('ends')
      expect(await made.workflows.isRunning(operation)).toBe(false)
      await made.workflows.start(operation)
      const next = { ...operation, executions: 1 }
      expect(await made.workflows.isRunning(next)).toBe(false)
      await until('it has ended', async () => !(await made.workflows.isRunning(operation)))
      expect((await of('ends')).length).toBe(1)
    })

    test.each(machines)(
      'say of a %s that is under way that it runs, and of its other executions that they do not',
      async (kind) => {
        const operation = operationRecord(`held-${kind}`, { kind, executions: 2 })
        await made.hold(operation)
        await until('it runs', () => made.workflows.isRunning(operation))
        for (const executions of [0, 1, 3])
          expect(await made.workflows.isRunning({ ...operation, executions })).toBe(false)
      },
    )

    test('run operations that are started together each by itself', async () => {
      const ids = Array.from({ length: 20 }, (_, i) => `together-${i}`)
      await Promise.all(ids.map((id) => made.workflows.start(operationRecord(id))))
      await until('all begin', async () =>
        (await Promise.all(ids.map(of))).every((found) => found.length > 0),
      )
      const begun = (await made.began()).map(({ operation }) => operation)
      expect(begun.filter((id) => id.startsWith('together-')).toSorted()).toEqual(ids.toSorted())
    })
  })
}
