import { createHmac } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { timesModel } from '../harness/onnx-models.ts'
import { Stage, whole } from '../journeys/stage.ts'
import { customer, draws } from '../monitoring/drift-world.ts'

const hourMs = 3_600_000
const rowsAnHour = 300

interface Told {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

let stage: Stage
let hook: Server
let hookUrl: string
let told: Told[]
/** How far the platform's clock is behind the machine's: hours pass by its coming nearer. */
let lagMs: number

beforeEach(async () => {
  told = []
  hook = createServer(async (request, response) => {
    told.push({ headers: request.headers, body: await text(request) })
    response.writeHead(204).end()
  })
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve))
  hookUrl = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/drift`
  // It begins two minutes past an hour, so that each hour that passes ends a window.
  lagMs = (Date.now() % hourMs) + 20 * hourMs - 120_000
  stage = await Stage.open(undefined, {}, false, { now: () => Date.now() - lagMs })
})
afterEach(async () => {
  await stage.close()
  await new Promise((resolve) => hook.close(resolve))
})

/** What training saw: x lies around 14. */
function baseline(): string {
  const draw = draws(1)
  return `x\n${Array.from({ length: 2000 }, () => customer(draw).tenure).join('\n')}\n`
}

async function release(version: string, factor: number, more = ''): Promise<void> {
  const content = { 'model.onnx': timesModel(factor), 'baseline.csv': baseline() }
  const manifest = `capture: {samplePercent: 100}\ndrift: {onDrift: {webhook: "${hookUrl}"}}\n${more}`
  await stage.drop('churn', version, whole(content, manifest))
  const { state, problem } = await stage.ended('release', 'churn', version)
  expect([state, problem?.detail]).toEqual(['succeeded', undefined])
}

const draw = draws(9)

/** An hour of traffic passes, and the platform looks. */
async function hour(shift = 0): Promise<void> {
  const rows = Array.from({ length: rowsAnHour }, () => ({ x: customer(draw, shift).tenure }))
  for (let at = 0; at < rows.length; at += 50) {
    const { status } = await stage.ask('churn', '', { instances: rows.slice(at, at + 50) })
    expect(status).toBe(200)
  }
  lagMs -= hourMs
  await stage.monitor()
}

const drifts = () => stage.events.filter((event) => event['detail-type'].startsWith('Drift'))

test('a population that shifts is found, told once, and answered by a version that was trained anew', async () => {
  await release('1.0.0', 2)
  await stage.serves('churn', '1.0.0')
  for (const shift of [0, 0, -8, -8, -8, -8]) await hour(shift)

  expect(drifts().map((event) => event['detail-type'])).toEqual(['Drift Detected'])
  const sentence = drifts()[0]?.detail.message ?? ''
  expect(sentence).toMatch(/^churn 1\.0\.0 drifted: /)
  const [, before, now] = /`x` moved from median ([\d.]+) to ([\d.]+)/.exec(sentence) ?? []
  expect(Number(before)).toBeGreaterThan(13)
  expect(Number(before)).toBeLessThan(15)
  expect(Number(now)).toBeGreaterThan(5)
  expect(Number(now)).toBeLessThan(7)

  expect(told).toHaveLength(1)
  const [{ headers, body }] = told as [Told]
  const event = JSON.parse(body)
  expect(event).toMatchObject({ specversion: '1.0', type: 'sluice.drift.detected', data: { sentence } })
  expect(headers['webhook-signature']).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/)

  await release('1.1.0', 3, `source: {answers: "${event.id}"}\n`)
  const { id } = await stage.client.promote('churn', {
    version: '1.1.0',
    rollout: 'all-at-once',
    reason: `answers ${event.id}`,
  })
  expect((await stage.over(id)).state).toBe('succeeded')
  await stage.serves('churn', '1.1.0')

  const { versions } = await stage.client.drift('churn', '1.0.0')
  expect(versions[0]?.notices).toMatchObject([{ id: event.id, answeredBy: ['1.1.0'] }])
  const released = (await stage.records('churn')).findLast(({ kind }) => kind === 'released')
  expect(released).toMatchObject({
    version: '1.1.0',
    released: { manifest: { source: { answers: event.id } } },
  })
  const [operation] = (await stage.operations('churn')).filter((one) => one.version === '1.1.0')
  expect(operation?.progress.map((line) => line.text)).toContain(`answers ${event.id}: ${sentence}`)
  expect(told).toHaveLength(1)
})

test('a population that does not shift raises nothing', async () => {
  await release('1.0.0', 2)
  await stage.serves('churn', '1.0.0')
  for (let passed = 0; passed < 8; passed += 1) await hour()
  const { versions } = await stage.client.drift('churn', '1.0.0')
  expect(versions[0]?.baseline).toMatchObject({ kind: 'training', file: 'baseline.csv', rows: 2000 })
  expect(versions[0]?.series.map(({ rows, verdict }) => [rows, verdict])).toEqual(
    Array(8).fill([rowsAnHour, 'steady']),
  )
  expect(drifts()).toEqual([])
  expect(told).toEqual([])
})

test('whoever is told can tell by the secret, which is shown once, who tells', async () => {
  await release('1.0.0', 2)
  const { secret } = await stage.client.renewWebhookSecret('churn')
  for (const shift of [-8, -8]) await hour(shift)
  const [{ headers, body }] = told as [Told]
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  const expected = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`
  expect(headers['webhook-signature']).toBe(expected)
})
