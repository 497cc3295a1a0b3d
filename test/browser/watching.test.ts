import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { flooredModel, timesModel } from '../harness/onnx-models.ts'
import { Stage, whole } from '../journeys/stage.ts'
import { customer, draws } from '../monitoring/drift-world.ts'
import { openBrowser, openPage, phone, picture, seriousFindings } from './browser.ts'
import { expectTextAlone, writtenByTheEvil } from './hostile.ts'

const hourMs = 3_600_000
const rowsAnHour = 200

let stage: Stage
let browser: Browser
/** How far the platform's clock is behind: hours pass by its coming nearer. */
let lagMs = 0
const draw = draws(9)

async function release(version: string, bytes: Uint8Array): Promise<void> {
  const random = draws(1)
  const baseline = `x\n${Array.from({ length: 2000 }, () => customer(random).tenure).join('\n')}\n`
  const content = { 'model.onnx': bytes, 'baseline.csv': baseline }
  await stage.drop('churn', version, whole(content, 'capture: {samplePercent: 100}\n'))
  expect((await stage.ended('release', 'churn', version)).state).toBe('succeeded')
}

/** An hour of traffic passes, and the platform looks. */
async function hour(shift: number): Promise<void> {
  for (let at = 0; at < rowsAnHour; at += 50) {
    const instances = Array.from({ length: 50 }, () => ({ x: customer(draw, shift).tenure }))
    expect((await stage.ask('churn', '', { instances })).status).toBe(200)
  }
  lagMs -= hourMs
  await stage.monitor()
}

beforeAll(async () => {
  lagMs = (Date.now() % hourMs) + 20 * hourMs - 120_000
  stage = await Stage.open(undefined, {}, false, { now: () => Date.now() - lagMs })
  await release('1.0.0', timesModel(2))
  await stage.serves('churn', '1.0.0')
  await release('1.1.0', flooredModel(2, 20))
  for (const shift of [0, 0, 0, 0, -8, -8, -8]) await hour(shift)
  const feedback = []
  for (let i = 0; i < 160; i += 1) {
    const x = customer(draw, -8).tenure
    const { headers } = await stage.ask('churn', '', [{ x }])
    feedback.push({ requestId: headers.get('x-request-id') ?? '', actual: 2 * x + draw() - 0.5 })
  }
  await stage.client.feedback('churn', feedback)
  lagMs -= hourMs
  await stage.monitor()
  browser = await openBrowser()
}, 240_000)
afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
})
afterAll(async () => {
  await browser.close()
  await stage.close()
})

const open = (path: string, look = {}) => openPage(browser, stage.url, `/console/models/churn${path}`, look)

test('drift is a sentence, a strip of windows, and every column as it was and is', async () => {
  const { page, faults } = await open('/drift')
  await page.waitForSelector('.windows .bad')
  expect(await page.locator('.sentence').textContent()).toMatch(/`x` moved from median [\d.]+ to [\d.]+/)
  expect(await page.locator('.windows .good').count()).toBeGreaterThan(2)
  await page.waitForSelector('.bar-pairs')
  await page.getByText('What was told').waitFor()
  await picture(page, 'drift')
  expect(await seriousFindings(page)).toEqual([])
  expect(faults).toEqual([])
})

test('a model that drifts says so among all', async () => {
  const { page } = await openPage(browser, stage.url, '/console/')
  await page.getByText('drift: x').waitFor()
})

test('quality is every metric with its interval', async () => {
  const { page, faults } = await open('/quality')
  await page.waitForSelector('.interval')
  expect(await page.locator('.metrics').textContent()).toMatch(
    /mae of y; better is lower1\.0\.00\.\d+ \(0\.\d+ to 0\.\d+\)160 calls/,
  )
  await picture(page, 'quality')
  expect(await seriousFindings(page)).toEqual([])
  expect(faults).toEqual([])
})

test('two versions are compared by what they are and what they answer to the same', async () => {
  const { page, faults } = await open('/compare')
  await page.getByRole('button', { name: 'Ask both what was asked' }).click()
  await page.getByText(/% agree/).waitFor()
  await page.waitForSelector('.worst tbody tr')
  await picture(page, 'compare')
  expect(await seriousFindings(page)).toEqual([])
  expect(faults).toEqual([])
})

test.each([['drift'], ['quality'], ['compare']])('%s fits a phone', async (tab) => {
  const { page, faults } = await open(`/${tab}`, phone)
  await page.waitForSelector('.bar-pairs, .interval, .facts-table')
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
  expect(await seriousFindings(page)).toEqual([])
  expect(faults).toEqual([])
})

test.each([['drift'], ['compare']])('what the evil wrote is text in %s, on a phone', async (tab) => {
  const { page, faults } = await open('/try', phone)
  await writtenByTheEvil(page)
  await page.goto(`${stage.url}/console/models/churn/${tab}`)
  if (tab === 'compare') await page.getByRole('button', { name: 'Ask both what was asked' }).click()
  await page.waitForSelector('.bar-pairs, .worst')
  await expectTextAlone(page)
  expect(faults).toEqual([])
})
