import { expect, test } from '@jest/globals'
import { controlApp } from '../../lambdas/control/control.ts'
import type { ApiKeys, Ports } from '../../lambdas/ports.ts'
import type { Grant } from '../../lib/rules/access.ts'
import { TrafficMeter } from '../../local/traffic-meter.ts'

async function traffic(meter: TrafficMeter | undefined, grants?: readonly Grant[]) {
  const ports = { settings: { platform: 'sluice' }, ...(meter && { traffic: meter }) } as unknown as Ports
  const app = controlApp(ports, { store: 's3://store', keys: {} as ApiKeys })
  const door = { path: '/traffic', actor: 'ada', ...(grants && { grants }) }
  const answer = await app.fetch(new Request('http://localhost/traffic'), door as never)
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

test('traffic is told of the models that the caller may see', async () => {
  const meter = new TrafficMeter({ now: () => 1_000_000 })
  for (const model of ['churn', 'iris'])
    meter.note({ model, version: '1.0.0', variant: 'stable', latencyMs: 1 })
  const names = async (grants?: readonly Grant[]) =>
    ((await traffic(meter, grants)).body['models'] as { model: string }[]).map(({ model }) => model)
  expect(await names()).toEqual(['churn', 'iris'])
  expect(await names([{ scope: 'invoke', model: 'iris' }])).toEqual(['iris'])
  expect((await traffic(meter)).body['sliceSeconds']).toBe(10)
})

test('a platform whose calls are counted elsewhere says where', async () => {
  const { status, body } = await traffic(undefined)
  expect([status, body['code']]).toEqual([404, 'traffic-elsewhere'])
  expect(body['detail']).toMatch(/CloudWatch.*'Sluice'.*'sluice'/)
})
