import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { root, Stage, whole } from '../journeys/stage.ts'
import { openBrowser, openPage, phone, picture, seriousFindings } from './browser.ts'

const hostile = '</script><img src=x onerror=alert(1)>\u202egnp.exe'

const graph = `inputs:
  - {name: sepal_length, type: float32}
  - {name: sepal_width, type: float32}
  - {name: petal_length, type: float32}
  - {name: petal_width, type: float32}
nodes:
  quick: {model: iris, version: ^1.0}
  vote:
    cascade:
      - {model: iris, version: 1.0.0, accept: '$max(answer.probabilities) > 2'}
      - {model: iris, version: 1.1.0}
  same: {value: 'quick.species = vote.species'}
output: '{"species": vote.species, "same": same}'
`

let stage: Stage
let browser: Browser

beforeAll(async () => {
  stage = await Stage.open()
  for (const version of ['1.0.0', '1.1.0']) {
    cpSync(join(root, 'examples', 'iris', version), stage.place(`iris/${version}`), { recursive: true })
    expect((await stage.ended('release', 'iris', version, 0, 60_000)).state).toBe('succeeded')
  }
  await stage.serves('iris', '1.0.0')
  for (const [version, reason] of [
    ['1.1.0', 'a forest instead of a line'],
    ['1.0.0', hostile],
  ]) {
    const { id } = await stage.client.promote('iris', { version, rollout: 'all-at-once', reason })
    expect((await stage.over(id)).state).toBe('succeeded')
  }
  await stage.drop('risk', '1.0.0', whole({ 'graph.yaml': graph }))
  expect((await stage.ended('release', 'risk', '1.0.0')).state).toBe('succeeded')
  await stage.serves('risk', '1.0.0')
  browser = await openBrowser()
}, 240_000)
afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
})
afterAll(async () => {
  await browser.close()
  await stage.close()
})

test('a form made from the signature asks, shows the answer, and the same call in six languages', async () => {
  const { page, faults } = await openPage(browser, stage.url, '/console/models/iris/try')
  await page.getByLabel(/petal_length/).fill('5.1')
  await page.getByRole('button', { name: 'Ask' }).click()
  await page.waitForSelector('.answer')
  expect(await page.locator('.answer').textContent()).toContain('"species"')
  for (const language of ['Python', 'R', 'Java', 'Scala', 'JavaScript', 'curl']) {
    await page.getByRole('button', { name: language, exact: true }).click()
    expect(await page.locator('.snippets pre').textContent()).toContain(
      `${stage.url}/models/iris/invocations`,
    )
  }
  expect(await page.locator('.snippets pre').textContent()).toContain('"petal_length":5.1')
  await picture(page, 'try')
  expect(await seriousFindings(page)).toEqual([])

  await page.getByLabel(/petal_length/).fill('long')
  await page.getByRole('button', { name: 'Ask' }).click()
  await page.getByText('request-invalid').waitFor()
  expect(await page.locator('.answer').count()).toBe(0)
  expect(faults).toEqual([])
})

test('the history tells what happened, by whom and why, as text whatever stands in it', async () => {
  const { page, faults } = await openPage(browser, stage.url, '/console/models/iris/history')
  await page.waitForSelector('.history tbody tr')
  expect(await page.locator('.history tbody tr').first().textContent()).toContain(hostile)
  await page.getByText('the chain holds').waitFor()
  await page.getByLabel('Kind of entries').selectOption('Releases')
  await page.getByText('1.1.0 was released').waitFor()
  expect(await page.locator('.history tbody tr').count()).toBe(2)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export as CSV' }).click(),
  ])
  expect(download.suggestedFilename()).toBe('iris-history.csv')
  expect(await seriousFindings(page)).toEqual([])
  expect(faults).toEqual([])
})

test('the time machine says what served at a moment', async () => {
  const { page, faults } = await openPage(browser, stage.url, '/console/models/iris/history')
  const moved = (await stage.client.history('iris')).find(
    ({ kind, version }) => kind === 'promoted' && version === '1.1.0',
  )
  // As people in the time zone of the browser write it, to the second behind the move.
  const text = await page.evaluate<string>(
    `(() => { const at = new Date(${Math.floor(Date.parse(moved?.at ?? '') / 1000) * 1000 + 1000}); return new Date(at - at.getTimezoneOffset() * 60000).toISOString().slice(0, 19) })()`,
  )
  await page.getByLabel('What served then?').fill(text)
  await page.getByRole('button', { name: 'Look' }).click()
  await page.waitForSelector('.served li')
  expect(await page.locator('.served').textContent()).toMatch(/live 1\.[01]\.0 everything/)
  await picture(page, 'history')
  await page.getByLabel('What served then?').fill('2020-01-01T00:00:00')
  await page.getByRole('button', { name: 'Look' }).click()
  await page.getByText(/Nothing: its history begins/).waitFor()
  expect(faults).toEqual([])
})

test.each([['try'], ['history']])('%s fits a phone', async (tab) => {
  const { page, faults } = await openPage(browser, stage.url, `/console/models/iris/${tab}`, phone)
  await page.waitForSelector('.snippets, .history')
  await picture(page, `${tab}-phone`)
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
  expect(await seriousFindings(page)).toEqual([])
  expect(faults).toEqual([])
})

test('a graph is drawn as it flows, with what each node asks and how long that took', async () => {
  const { page, faults } = await openPage(browser, stage.url, '/console/models/risk/try')
  await page.getByRole('button', { name: 'Ask' }).click()
  // What the whole call took, and each node: the one that was not sure, and the one behind it.
  await page.waitForSelector('.waterfall')
  const bars = await page.locator('.waterfall th').allTextContents()
  expect(bars.toSorted()).toEqual(
    ['Sluice', 'model', 'quick iris 1.1.0', 'vote.0 iris 1.0.0', 'vote.1 iris 1.1.0'].toSorted(),
  )
  expect(await seriousFindings(page)).toEqual([])
  await picture(page, 'trace')

  await page.getByRole('link', { name: 'Graph', exact: true }).click()
  await page.waitForSelector('.graph .took')
  expect(await page.locator('.graph :is(.node, .end)').count()).toBe(5)
  const node = (name: RegExp) =>
    page.locator('.graph .node').filter({ has: page.locator('.name', { hasText: name }) })
  expect(await node(/^quick$/).textContent()).toMatch(/^quickiris 1\.1\.0 \(\^1\.0\)[\d.]+ ms/)
  expect(
    await node(/^vote$/)
      .locator('.part')
      .count(),
  ).toBe(2)
  // request to both, one to another, and both ways to the answer.
  expect(await page.locator('.graph path').count()).toBe(6)
  await picture(page, 'graph')
  expect(await seriousFindings(page)).toEqual([])
  await page.setViewportSize({ width: 390, height: 844 })
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
  await picture(page, 'graph-phone')
  await page.getByRole('link', { name: 'iris 1.1.0', exact: true }).click()
  await page.waitForURL('**/console/models/iris')
  await page.waitForSelector('.versions tbody tr')
  expect(await page.getByRole('link', { name: 'Graph', exact: true }).count()).toBe(0)
  expect(faults).toEqual([])
})
