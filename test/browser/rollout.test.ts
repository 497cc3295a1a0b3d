import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { tableModel } from '../harness/onnx-models.ts'
import { until } from '../harness/until.ts'
import { Stage, whole } from '../journeys/stage.ts'
import { type Look, openBrowser, openPage, phone, picture, seriousFindings } from './browser.ts'
import { expectTextAlone, writtenByTheEvil } from './hostile.ts'
import { LateClock, liveThrough } from './past-traffic.ts'

const hostile = '</script><img src=x onerror=alert(1)>\u202egnp.exe'

let stage: Stage
let clock: LateClock
let browser: Browser

beforeAll(async () => {
  clock = new LateClock()
  stage = await Stage.open(undefined, {}, false, clock)
  for (const version of ['1.0.0', '1.1.0']) await release(version)
  await stage.serves('churn', '1.0.0')
  await liveThrough(stage, clock, [{ model: 'churn', calls: 20, record: fits }], 35)
  browser = await openBrowser()
}, 240_000)
afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
})
afterAll(async () => {
  await browser.close()
  await stage.close()
})

async function release(version: string): Promise<void> {
  const more = version === '1.2.0' ? 'release: {approval: required}\n' : ''
  const source = `source: {git: 3f2c9a41b7}\ncapture: {samplePercent: 0}\ndrift: {everyMinutes: ${60 + Number(version[2])}}\n`
  await stage.drop('churn', version, whole({ 'model.onnx': tableModel() }, more + source))
  const { state } = await stage.ended('release', 'churn', version)
  expect(state).toBe('succeeded')
}

const fits = (nth: number) => ({ at: nth % 3 })

async function promote(version: string, rollout: string, reason: string): Promise<string> {
  return (await stage.client.promote('churn', { version, rollout, reason })).id
}

async function open(path: string, look?: Look) {
  const seen = await openPage(browser, stage.url, path, look)
  await seen.page.waitForSelector('.connection.live')
  return seen
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name })

async function giveReason(page: Page, verb: string, reason: string): Promise<void> {
  await page.getByRole('textbox', { name: /Why/ }).fill(reason)
  await page.getByRole('dialog').getByRole('button', { name: verb }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}

test('a model shows its versions, what leads to them, who made them of what, and what may be done', async () => {
  const { page, faults } = await open('/console/models/churn')
  const row = (version: string) => page.locator('.versions tbody tr', { hasText: version })
  await page.waitForSelector('.versions tbody tr')
  await until('the history is read', async () => (await row('1.0.0').textContent())?.includes('3f2c9a41b7'))
  expect(await row('1.0.0').textContent()).toContain('live')
  expect(await row('1.0.0').getByRole('button').allTextContents()).toEqual(['Deprecate 1.0.0'])
  expect(await row('1.1.0').getByRole('button').allTextContents()).toEqual([
    ...['Promote 1.1.0', 'Shadow 1.1.0', 'Deprecate 1.1.0', 'Retire 1.1.0'],
  ])
  await page.waitForSelector('.chart canvas')
  expect(await seriousFindings(page)).toEqual([])
  expect(faults).toEqual([])
})

test('a rollout is watched, held, let go on and taken back, each with its reason', async () => {
  const id = await promote('1.1.0', 'canary:20%/400s,50%/600s', hostile)
  await until('it has traffic', async () => (await stage.client.operation(id)).rollout?.step === 0)
  await liveThrough(stage, clock, [{ model: 'churn', calls: 20, record: fits }], 26)
  const { page, faults } = await open(`/console/operations/${id}`)
  await page.waitForSelector('.steps .now')
  expect(await page.locator('.steps .now').textContent()).toMatch(/^20 %bakes for \d/)
  await page.waitForSelector('.meter')
  await page.waitForSelector('.chart canvas')
  expect(await page.locator('.facts').textContent()).toContain(hostile)
  await picture(page, 'rollout-baking')
  expect(await seriousFindings(page)).toEqual([])

  await button(page, 'Hold').click()
  expect(await seriousFindings(page)).toEqual([])
  expect(await page.getByRole('dialog').getByRole('button', { name: 'Hold' }).isDisabled()).toBe(true)
  await giveReason(page, 'Hold', 'the team looks at it')
  await page.getByText(/Held by .*the team looks at it/).waitFor()
  expect((await stage.client.operation(id)).paused?.reason).toBe('the team looks at it')
  await picture(page, 'rollout-held')
  await button(page, 'Go on').click()
  await giveReason(page, 'Go on', 'it is fine')
  await button(page, 'Hold').waitFor()

  // Two of three calls are what its table has no place for: of both versions alike, so that the evidence stays small.
  await button(page, 'Abort').click()
  await giveReason(page, 'Abort', 'second thoughts')
  await page.waitForSelector('.steps .left')
  expect((await stage.over(id)).state).toBe('rolled-back')
  await picture(page, 'rollout-back')
  expect(await page.getByRole('button', { name: /Abort|Hold/ }).count()).toBe(0)
  expect(faults).toEqual([])
})

test('a promotion is asked for by keyboard alone, and says first what it would do', async () => {
  const { page, faults } = await open('/console/models/churn')
  await button(page, 'Promote 1.1.0').focus()
  await page.keyboard.press('Enter')
  await page.waitForSelector('dialog .would')
  await picture(page, 'promote')
  await page.keyboard.press('Tab')
  await page.keyboard.press('End')
  await page.waitForSelector('dialog .would:has-text("all at once")')
  await page.keyboard.press('Tab')
  await page.keyboard.type('it was proven')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/console/operations/**')
  await page.getByText('live serves 1.1.0.').waitFor()
  await stage.serves('churn', '1.1.0')
  await picture(page, 'rollout-promoted')
  expect(faults).toEqual([])
})

/** Go on by Tab until something of that name has the focus, as somebody without a mouse does. */
async function tabTo(page: Page, name: string): Promise<void> {
  const focused = () =>
    page.evaluate<string>(
      `(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim().replaceAll(/\\s+/g, ' ')`,
    )
  for (let pressed = 0; pressed < 60; pressed += 1) {
    await page.keyboard.press('Tab')
    if ((await focused()) === name) return
  }
  throw new Error(`no Tab leads to '${name}'`)
}

test('a whole rollout is led by keyboard alone', async () => {
  const { page, faults } = await open('/console/')
  const say = async (reason: string) => {
    await tabTo(page, 'Why? It stands in the history for ever.')
    await page.keyboard.type(reason)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  }
  const press = async (name: string, reason: string) => {
    await button(page, name).waitFor()
    await tabTo(page, name)
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await say(reason)
  }
  await page.waitForSelector('.models tbody tr')
  await page.keyboard.press('/')
  await page.keyboard.type('churn')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await button(page, 'Promote 1.0.0').waitFor()
  await tabTo(page, 'Promote 1.0.0')
  await page.keyboard.press('Enter')
  await page.waitForSelector('dialog .would')
  await tabTo(page, 'How')
  await page.keyboard.press('ArrowDown')
  await page.waitForSelector('dialog .would:has-text("10 %")')
  await say('by keyboard')
  await page.waitForURL('**/console/operations/**')
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
  await press('Hold', 'to look at it')
  await press('Go on', 'it is fine')
  await press('Abort', 'second thoughts')
  expect((await stage.over(id)).state).toBe('rolled-back')
  const { id: next } = await stage.client.promote('churn', { version: '1.0.0', rollout: 'all-at-once' })
  expect((await stage.over(next)).state).toBe('succeeded')
  await page.goto(`${stage.url}/console/operations/${next}`)
  await press('Roll back', 'it was better before')
  await page.waitForURL(`**/console/operations/rollback-**`)
  await stage.serves('churn', '1.1.0')
  expect(faults).toEqual([])
})

test.each([
  ['/console/models/churn', 'desktop', {}],
  ['/console/models/churn', 'phone', phone],
  ['/console/models/churn/history', 'phone', phone],
  ['operation', 'phone', phone],
])('what the evil wrote is text: %s on a %s', async (path, _, look) => {
  const [latest] = (await stage.client.model('churn')).operations
  const { page, faults } = await openPage(browser, stage.url, '/console/nowhere', look)
  await writtenByTheEvil(page)
  await page.goto(`${stage.url}${path === 'operation' ? `/console/operations/${latest?.id}` : path}`)
  await expectTextAlone(page)
  expect(faults).toEqual([])
})

test('what waits for a person is counted, found and decided on', async () => {
  await release('1.2.0')
  const [{ id = '' } = {}] = await stage.client.approvals()
  const { page, faults } = await open('/console/', phone)
  await page.getByRole('link', { name: /Approvals\s*1 waiting/ }).click()
  await page.getByRole('link', { name: 'churn 1.2.0 to live' }).click()
  await button(page, 'Approve').waitFor()
  await picture(page, 'approval-phone')
  expect(await seriousFindings(page)).toEqual([])
  await button(page, 'Approve').click()
  await giveReason(page, 'Approve', 'looked at it')
  await button(page, 'Hold').waitFor()
  expect((await stage.client.operation(id)).approval?.decision?.reason).toBe('looked at it')
  expect(faults).toEqual([])
})

test.each([
  ['model-light', { height: 1150 }],
  ['model-dark', { scheme: 'dark', height: 1150 } as const],
  ['model-phone', phone],
])('a model stands as %s', async (name, look) => {
  const { page, faults } = await open('/console/models/churn', look)
  await page.waitForSelector('.chart canvas')
  await page.getByText('from 3f2c9a41b7').first().waitFor()
  await picture(page, name)
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
  expect(await seriousFindings(page)).toEqual([])
  expect(faults).toEqual([])
})
