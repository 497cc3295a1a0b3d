import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import pLimit from 'p-limit'
import type { EndpointHost, MadeEndpoint } from '../../lambdas/ports.ts'
import type { Endpoint } from '../../lib/rules/model-version.ts'
import { loopModel, tableModel, timesModel } from '../harness/onnx-models.ts'
import { refused } from '../harness/refused.ts'
import { until } from '../harness/until.ts'
import { ask, type HostWorld, settled, specOf } from './endpoints.ts'

/** How long a neighbour of a hung version may be away (DESIGN §5.12: a second). */
const neighboursBackWithinMs = 1000

/** What every endpoint host keeps its word on, in whatever world. */
export function endpointHostContract(world: string, make: () => Promise<HostWorld>): void {
  describe(`the endpoint host of ${world}`, () => {
    let made: HostWorld
    let host: EndpointHost
    let models = 0

    beforeAll(async () => {
      made = await make()
      host = made.host
    })
    afterAll(() => made.close())

    const spec = (onnx: Uint8Array, version = '1.0.0') => {
      models += 1
      return specOf(made, `model-${models}`, version, onnx)
    }

    async function started(onnx: Uint8Array): Promise<Endpoint> {
      const endpoint = await host.create(await spec(onnx))
      expect(await settled(host, endpoint)).toMatchObject({ state: 'active' })
      return endpoint
    }

    test('starts an endpoint that answers', async () => {
      const endpoint = await started(timesModel(3))
      const answer = await ask(host, endpoint, { x: [1, 2.5] })
      expect(answer).toMatchObject({ status: 200, predictions: [3, 7.5] })
      expect(answer.contentType).toMatch(/^application\/json/)
    })

    test('takes a body as bytes or as text', async () => {
      const endpoint = await started(timesModel(4))
      const body = new TextEncoder().encode('{"inputs":{"x":[2]}}')
      const request = { body, contentType: 'application/json', timeoutMs: 10_000 }
      const answer = await host.invoke(endpoint, request)
      expect(new TextDecoder().decode(answer.body)).toBe('{"predictions":[8]}')
    })

    test('says of each endpoint the digest of the image that it runs', async () => {
      const specs = [await spec(timesModel(5)), await spec(timesModel(6))]
      const endpoints = await Promise.all(specs.map((one) => host.create(one)))
      const truths = await Promise.all(endpoints.map((endpoint) => settled(host, endpoint)))
      expect(truths).toEqual(specs.map(({ image }) => ({ state: 'active', digest: image.digest })))
      expect(truths[0]?.digest).not.toBe(truths[1]?.digest)
    })

    test('finds an endpoint started that it is asked to start again', async () => {
      const once = await spec(timesModel(7))
      const [first, ...others] = await Promise.all([host.create(once), host.create(once), host.create(once)])
      for (const other of [...others, await host.create(once)]) expect(other).toEqual(first)
      const truth = await settled(host, first as Endpoint)
      expect(truth).toEqual({ state: 'active', digest: once.image.digest })
      expect(await ask(host, first as Endpoint, { x: [1] })).toMatchObject({ predictions: [7] })
    })

    test('gives every version an endpoint of its own, and each caller its own answer', async () => {
      const factors = [11, 12, 13]
      const endpoints = await Promise.all(factors.map((factor) => started(timesModel(factor))))
      const calls = Array.from({ length: 60 }, (_, i) => ({ i, which: i % factors.length }))
      const inTurn = pLimit(made.callsAtOnce ?? calls.length)
      const answers = await Promise.all(
        calls.map(({ i, which }) => inTurn(() => ask(host, endpoints[which] as Endpoint, { x: [i] }))),
      )
      expect(answers.map(({ predictions }) => predictions)).toEqual(
        calls.map(({ i, which }) => [i * (factors[which] ?? 0)]),
      )
    })

    test('tells of an endpoint that was never there that it is absent, and refuses to ask it', async () => {
      const one = await spec(timesModel(1))
      const endpoint = await host.create(one)
      const never = { ...endpoint, name: `${endpoint.name.slice(0, -4)}0000` }
      expect(await host.describe(never)).toEqual({ state: 'absent' })
      expect((await refused(ask(host, never, { x: [1] }))).code).toBe('endpoint-unavailable')
    })

    test('forgets an endpoint that is removed, once or twice, and can start it again', async () => {
      const one = await spec(timesModel(8))
      const neighbour = await started(timesModel(9))
      const endpoint = await host.create(one)
      await settled(host, endpoint)
      await host.remove(endpoint)
      expect(await host.describe(endpoint)).toEqual({ state: 'absent' })
      expect((await refused(ask(host, endpoint, { x: [1] }))).code).toBe('endpoint-unavailable')
      await host.remove(endpoint)
      expect(await host.describe(endpoint)).toEqual({ state: 'absent' })
      expect(await ask(host, neighbour, { x: [1] })).toMatchObject({ predictions: [9] })
      await settled(host, await host.create(one))
      expect(await ask(host, endpoint, { x: [1] })).toMatchObject({ predictions: [8] })
    })

    test('lists what it made, once each, also what failed, with its version and time, and not what was removed', async () => {
      const since = Date.now()
      const wanted = await spec(timesModel(24), '1.2.3-rc.1')
      const broken = await spec(new TextEncoder().encode('this is no model'))
      const gone = await spec(timesModel(25))
      const [endpoint, failed, removed] = [
        await host.create(wanted),
        await host.create(broken),
        await host.create(gone),
      ]
      for (const one of [endpoint, failed, removed]) await settled(host, one)
      await host.remove(removed)
      const listed: MadeEndpoint[] = []
      for await (const one of host.made()) listed.push(one)
      const of = ({ name }: Endpoint) => listed.filter((one) => one.endpoint.name === name)
      expect(of(removed)).toEqual([])
      for (const [one, { model, version }] of [
        [endpoint, wanted],
        [failed, broken],
      ] as const) {
        expect(of(one)).toEqual([expect.objectContaining({ endpoint: one, model, version })])
        const [{ createdAt = since } = {}] = of(one)
        // The clock of a service may be a little off.
        expect(Math.abs(createdAt - since)).toBeLessThan(300_000)
      }
    })

    test('tells of a model that cannot be loaded why, without a path, and refuses to ask it', async () => {
      const endpoint = await host.create(await spec(new TextEncoder().encode('this is no model')))
      const truth = await settled(host, endpoint)
      expect(truth.state).toBe('failed')
      expect(truth.reason).toMatch(/\w{3}/)
      expect(truth.reason).not.toMatch(/[\\/]\w|arn:/)
      expect((await refused(ask(host, endpoint, { x: [1] }))).code).toBe('endpoint-unavailable')
    })

    test('answers again with what was parked, once somebody has woken it', async () => {
      const wanted = await spec(timesModel(9))
      const endpoint = await host.create(wanted)
      expect(await settled(host, endpoint)).toMatchObject({ state: 'active' })
      await host.park(endpoint)
      await host.park(endpoint)
      await host.wake(endpoint)
      await host.wake(endpoint)
      expect(await settled(host, endpoint)).toEqual({ state: 'active', digest: wanted.image.digest })
      expect((await ask(host, endpoint, { x: [2] })).predictions).toEqual([18])
    })

    test('makes nothing of waking or parking what is not there', async () => {
      const nobody = { ...(await started(timesModel(10))), name: 'sluice-nobody-000000000000' }
      await host.park(nobody)
      await host.wake(nobody)
      expect(await host.describe(nobody)).toEqual({ state: 'absent' })
    })

    test('takes a time that is no whole number of milliseconds', async () => {
      const endpoint = await started(timesModel(24))
      expect(await ask(host, endpoint, { x: [1] }, 20_000.25)).toMatchObject({ predictions: [24] })
    })

    test('answers what a model fails on with another status, and goes on', async () => {
      const endpoint = await started(tableModel())
      const failed = await ask(host, endpoint, { at: [7] })
      expect(failed.status).not.toBe(200)
      expect(failed.error).toMatch(/out of data bounds/)
      expect(failed.error).not.toMatch(/[\\/]\w+[\\/]/)
      expect(await ask(host, endpoint, { at: [2] })).toMatchObject({ status: 200, predictions: [30] })
    })

    test('ends a prediction that takes too long, and its neighbours answer within a second', async () => {
      const stuck = await started(loopModel())
      const neighbours = [await started(timesModel(21)), await started(timesModel(22))]
      const problem = await refused(ask(host, stuck, { rounds: [1e15] }, 300))
      expect(problem.code).toBe('model-timeout')
      const since = performance.now()
      for (const [i, neighbour] of neighbours.entries()) {
        const answered = async () => (await ask(host, neighbour, { x: [1] })).predictions
        const left = neighboursBackWithinMs - (performance.now() - since)
        expect(await until('a neighbour answers', () => answered().catch(() => undefined), left)).toEqual([
          21 + i,
        ])
      }
      const quick = async () => (await ask(host, stuck, { rounds: [3] })).predictions
      expect(await until('it answers again', () => quick().catch(() => undefined))).toEqual([3])
    }, 60_000)

    test('lets a version that hangs again take nobody along', async () => {
      const [stuck, neighbour] = [await started(loopModel()), await started(timesModel(23))]
      await refused(ask(host, stuck, { rounds: [1e15] }, 300))
      await until('both are back', async () => {
        const truths = [await host.describe(stuck), await host.describe(neighbour)]
        return truths.every(({ state }) => state === 'active')
      })
      // So long that a neighbour answers several times meanwhile, on a busy machine, too.
      const hangs = refused(ask(host, stuck, { rounds: [1e15] }, 2500))
      let over = false
      const end = hangs.then(() => {
        over = true
      })
      let answers = 0
      while (!over) {
        // Whatever is refused here is thrown, and fails the test.
        expect((await ask(host, neighbour, { x: [1] })).predictions).toEqual([23])
        answers += 1
      }
      await end
      expect(answers).toBeGreaterThan(2)
      expect((await hangs).code).toBe('model-timeout')
    }, 60_000)
  })
}
