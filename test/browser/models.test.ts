import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { loopModel, tableModel, timesModel } from '../harness/onnx-models.ts'
import { until } from '../harness/until.ts'
import { Stage, whole } from '../journeys/stage.ts'
import { openBrowser, openPage, phone, picture, seriousFindings } from './browser.ts'
import { LateClock, liveThrough } from './past-traffic.ts'

let stage: Stage
let browser: Browser

const names = ['churn', 'credit-limit', 'demand', 'fraud-score', 'price-quote', 'recommend', 'route-time']

async function release(model: string, version: string, bytes: Uint8Array): Promise<void> {
  await stage.drop(model, version, whole({ 'model.onnx': bytes }))
  const { state } = await stage.ended('release', model, version)
  expect(state).toBe('succeeded')
}

const bytesOf = (name: string, factor: number) =>
  name === 'price-quote' ? tableModel() : name === 'route-time' ? loopModel() : timesModel(factor)

beforeAll(async () => {
  const clock = new LateClock()
  stage = await Stage.open(undefined, {}, false, clock)
  for (const [i, name] of names.entries()) await release(name, '1.0.0', bytesOf(name, i + 2))
  for (const name of names) await stage.serves(name, '1.0.0')
  await release('price-quote', '1.1.0', timesModel(30))
  await liveThrough(stage, clock, [
    { model: 'churn', calls: 14 },
    { model: 'credit-limit', calls: 3 },
    { model: 'fraud-score', calls: 24 },
    // One of thirty is what its table has no place for.
    { model: 'price-quote', calls: 7, record: (nth) => ({ at: nth % 30 === 0 ? 9 : nth % 3 }) },
    { model: 'recommend', calls: 11 },
    { model: 'route-time', calls: 2, record: (nth) => ({ rounds: 9000 + (nth % 7) * 500 }) },
  ])
  await release('churn', '1.1.0', timesModel(20))
  await stage.client.promote('churn', {
    ...{ version: '1.1.0', rollout: 'canary:20%/600s', reason: 'fresher data' },
  })
  await until(
    'the canary has traffic',
    async () => (await stage.client.model('churn')).aliases['live']?.canary !== undefined,
  )
  browser = await openBrowser()
}, 240_000)
afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
})
afterAll(async () => {
  await browser.close()
  await stage.close()
})

const rowsOf = '.models tbody tr:not(.room)'

describe('the page of all models', () => {
  test('shows what serves, how it does and what is about it', async () => {
    const { page, faults } = await openPage(browser, stage.url, '/console/')
    const row = (name: string) => page.locator(rowsOf, { hasText: name })
    await page.waitForSelector(rowsOf)
    await page.waitForSelector('.connection.live')
    expect(await page.locator(rowsOf).count()).toBe(names.length)
    expect(await row('churn').textContent()).toMatch(
      /2 versions1\.0\.0[\d.]+ \/ (?:s|min)0 %[\d.]+ ms1\.1\.0 gets 20 %/,
    )
    expect(await row('price-quote').textContent()).toMatch(
      /[\d.]+ \/ (?:s|min)\d\.\d %[\d.]+ ms1\.1\.0 is ready/,
    )
    expect(await row('demand').textContent()).toContain('quiet')
    await picture(page, 'models-light')
    expect(await seriousFindings(page)).toEqual([])
    expect(faults).toEqual([])
  })

  test.each([
    ['in the dark', 'models-dark', { scheme: 'dark' } as const],
    ['on a phone', 'models-phone', phone],
  ])('stands %s', async (_, name, look) => {
    const { page, faults } = await openPage(browser, stage.url, '/console/', look)
    await page.waitForSelector('.connection.live')
    await page.waitForSelector('.spark .line')
    await picture(page, name)
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
    expect(await seriousFindings(page)).toEqual([])
    expect(faults).toEqual([])
  })

  test('is used by keyboard alone: search, arrows, and the way to a model', async () => {
    const { page } = await openPage(browser, stage.url, '/console/')
    await page.waitForSelector(rowsOf)
    await page.keyboard.press('/')
    await page.keyboard.type('canary')
    await until('one is left', async () => (await page.locator(rowsOf).count()) === 1)
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.type('re')
    await page.keyboard.press('Tab')
    await page.keyboard.press('ArrowDown')
    const focused = () => page.evaluate<string>('document.activeElement.textContent')
    expect(await focused()).toBe('fraud-score')
    await page.keyboard.press('ArrowUp')
    expect(await focused()).toBe('credit-limit')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/console/models/credit-limit')
    await page.goBack()
    await page.waitForSelector(rowsOf)
  })

  test('learns of what happens without being asked', async () => {
    const { page } = await openPage(browser, stage.url, '/console/')
    await page.waitForSelector('.connection.live')
    await release('zebra', '1.0.0', timesModel(3))
    await page.waitForSelector(`${rowsOf}:has-text("zebra"):has-text("1.0.0")`)
    expect(await page.locator('.latest').textContent()).toContain('zebra')
  })

  test('asks again by itself where a platform cannot tell, as on AWS, and does without traffic there', async () => {
    const { page, faults } = await openPage(browser, stage.url, '/console/approvals')
    for (const code of ['events-elsewhere', 'traffic-elsewhere'])
      await page.route(`**/${code.split('-')[0]}`, (route) =>
        route.fulfill({ status: 404, json: { code, detail: 'it is told elsewhere' } }),
      )
    await page.reload()
    await page.getByText('asks every 5 s').waitFor()
    await page.getByRole('link', { name: 'Models' }).first().click()
    await page.waitForSelector(rowsOf)
    expect(await page.getByText('calls in ten minutes').count()).toBe(0)
    expect(await page.getByText('it is told elsewhere').count()).toBe(0)
    // What was read before it was known that nobody tells is asked for again, too.
    await page.reload()
    await page.waitForSelector(rowsOf)
    await release('zulu', '1.0.0', timesModel(3))
    await page.waitForSelector(`${rowsOf}:has-text("zulu"):has-text("1.0.0")`, { timeout: 15_000 })
    expect(faults).toEqual([])
  })

  test('keeps what it knows when the platform goes, and says so', async () => {
    const { page } = await openPage(browser, stage.url, '/console/')
    await page.waitForSelector('.connection.live')
    await page.waitForSelector(rowsOf)
    const began = performance.now()
    await stage.stop()
    // Open pages do not keep a platform from ending.
    expect(performance.now() - began).toBeLessThan(10_000)
    await page.waitForSelector('.connection.away')
    expect(await page.locator(rowsOf).count()).toBeGreaterThan(0)
  })
})
