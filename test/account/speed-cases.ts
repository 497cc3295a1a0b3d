import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import type { Operation } from '../../lib/rules/operation.ts'
import type { Door } from '../harness/deployed/place.ts'
import { model, oneRow, type Travels, versionOf } from '../harness/deployed/travels.ts'
import { spread } from './findings.ts'
import { testOnAws, type Visited } from './visited.ts'

const megabyte = 2 ** 20

/** How long things take; after `doorJourney`. */
export function speedCases(visited: Visited, doors: readonly Door[]): void {
  const { visit, findings, here } = visited
  const sizes = visit.isEmulated ? [1] : [1, 50, 250]

  test('how long the first release and the later ones took', async () => {
    const { operations } = await here().read<{ operations: Operation[] }>('/models/iris/operations')
    const releases = operations.filter(({ kind }) => kind === 'release')
    expect(releases.map(({ state }) => state)).toEqual(Array(3).fill('succeeded'))
    for (const { version, startedAt, endedAt = '' } of releases.toReversed())
      findings.add(`release of iris ${version}`, `${(Date.parse(endedAt) - Date.parse(startedAt)) / 1000} s`)
  })

  describe.each(sizes)('a model of %i MB', (size) => {
    const name = `sized-${size}`
    test(
      'is released',
      async () => {
        const since = performance.now()
        await here().put(`models/${name}/1.0.0.onnx`, heavier(await model('1.0.0'), size * megabyte))
        await here().ready(name, '1.0.0')
        findings.add(`${size} MB from upload to ready`, seconds(since))
        expect((await here().ask(`${name}/versions/1.0.0`)).status).toBe(200)
      },
      visit.patienceMs,
    )

    testOnAws(
      visited,
      'starts cold where more is asked at once than is awake',
      'has no cold starts',
      async () => {
        const took = await Promise.all(
          Array.from({ length: 8 }, () => timed(here(), `${name}/versions/1.0.0`)),
        )
        findings.add(`${size} MB, 8 at once of which one may be awake`, spread(took))
        findings.add(`${size} MB, slowest cold start to answer`, `${Math.round(Math.max(...took))} ms`)
        expect(Math.max(...took)).toBeLessThan(28_000)
      },
    )
  })

  test.each(doors)(
    'how long a warm answer takes behind $gateway, to callers by $callers',
    async ({ stack, gateway, callers }) => {
      for (let i = 0; i < 5; i += 1) await here(stack).ask('iris/versions/1.0.0')
      const outside: number[] = []
      const added: number[] = []
      for (let i = 0; i < 60; i += 1) {
        const since = performance.now()
        const { status, headers } = await here(stack).ask('iris/versions/1.0.0')
        const tookMs = performance.now() - since
        expect(status).toBe(200)
        outside.push(tookMs)
        added.push(tookMs - routerMs(String(headers['server-timing'])))
      }
      findings.add(`${gateway}, ${callers}: request to answer`, spread(outside))
      findings.add(
        `${gateway}, ${callers}: of that outside our router (network, gateway, authorizer)`,
        spread(added),
      )
    },
  )

  test(
    'a rollback is seen by every caller within a second of the decision',
    async () => {
      const { id } = await here().promote('iris', '1.1.0', { kind: 'all-at-once' })
      expect(await here().ended(id)).toMatchObject({ state: 'succeeded' })
      // Each call has a router to itself while it lasts: so many at once are so many routers.
      const callers = visit.isEmulated ? 4 : 24
      const seen: { readonly sentAt: number; readonly status: number; readonly version: unknown }[] = []
      let over = false
      const traffic = Array.from({ length: callers }, async () => {
        while (!over) {
          const sentAt = performance.now()
          const answer = await here().ask('iris')
          seen.push({ sentAt, status: answer.status, version: versionOf(answer) })
        }
      })
      await pause(3000)
      const asked = performance.now()
      const { status } = await here().platform.call('POST', '/models/iris/rollbacks', { reason: 'measured' })
      const decided = performance.now()
      await pause(4000)
      over = true
      await Promise.all(traffic)
      expect(status).toBe(202)
      const old = seen.filter(({ version }) => version === '1.1.0').map(({ sentAt }) => sentAt)
      const last = Math.max(...old)
      findings.add(
        `rollback under ${callers} callers at once, ${seen.length} calls`,
        `asked and decided in ${Math.round(decided - asked)} ms; the last call that the old version answered was sent ${Math.round(last - decided)} ms after the decision was answered`,
      )
      expect(old.length).toBeGreaterThan(callers)
      expect(last - decided).toBeLessThan(1000)
      expect(seen.filter((one) => one.status !== 200)).toEqual([])
      expect(versionOf(await here().ask('iris'))).toBe('1.0.0')
    },
    visit.patienceMs,
  )
}

/** The same model with so many bytes more: ModelProto.doc_string, which is read and says nothing. */
function heavier(onnx: Uint8Array, size: number): Uint8Array {
  const length: number[] = []
  let rest = size
  while (rest > 127) {
    length.push((rest & 127) | 128)
    rest >>>= 7
  }
  // Field 6, a text: chosen by chance, so that no layer is smaller than the model.
  const letters = Buffer.from(randomBytes((size / 4) * 3).toString('base64'))
  return Buffer.concat([onnx, Buffer.from([0x32, ...length, rest]), letters])
}

async function timed(here: Travels, path: string): Promise<number> {
  const since = performance.now()
  const { status, body } = await here.ask(path, oneRow)
  expect([status, body]).toEqual([200, expect.any(String)])
  return performance.now() - since
}

/** What the router says that it took, all in all. */
function routerMs(serverTiming: string): number {
  return [...serverTiming.matchAll(/dur=([\d.]+)/g)].reduce((sum, [, ms]) => sum + Number(ms), 0)
}

function seconds(since: number): string {
  return `${Math.round((performance.now() - since) / 100) / 10} s`
}
