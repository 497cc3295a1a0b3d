import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { timesModel } from '../harness/onnx-models.ts'
import { Stage, whole } from '../journeys/stage.ts'
import { openBrowser, openPage, seriousFindings } from './browser.ts'

let stage: Stage
let browser: Browser

beforeAll(async () => {
  stage = await Stage.open({ kind: 'keys' })
  for (const [model, version] of [
    ['churn', '1.0.0'],
    ['churn', '1.1.0'],
    ['iris', '1.0.0'],
  ] as const) {
    await stage.drop(model, version, whole({ 'model.onnx': timesModel(Number(version[2]) + 2) }))
    expect((await stage.ended('release', model, version)).state).toBe('succeeded')
  }
  browser = await openBrowser()
}, 120_000)
afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
})
afterAll(async () => {
  await browser.close()
  await stage.close()
})

async function signedIn(key: string, path = '/console/') {
  const seen = await openPage(browser, stage.url, path)
  await seen.page.getByLabel('Key or token').fill(key)
  await seen.page.getByRole('button', { name: 'Sign in' }).click()
  return seen
}

test('where callers say who they are, the page asks, and forgets with the tab', async () => {
  const { page, faults } = await signedIn('not-a-key')
  await page.getByText('not-signed-in').waitFor()
  expect(await page.getByText('churn').count()).toBe(0)
  expect(await seriousFindings(page)).toEqual([])
  await page.getByLabel('Key or token').fill(stage.owner?.key ?? '')
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: 'churn' }).waitFor()
  await page.waitForSelector('.connection.live')
  await page.reload()
  await page.getByRole('link', { name: 'churn' }).waitFor()
  expect(await page.evaluate('localStorage.length + document.cookie.length')).toBe(0)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByLabel('Key or token').waitFor()
  expect(await page.evaluate('sessionStorage.length')).toBe(0)
  expect(faults).toEqual([])
})

test('a key shows what it opens, and offers nothing that it may not do', async () => {
  const { key } = await stage.client.createKey({ name: 'caller', scopes: ['invoke'], models: ['churn'] })
  const { page, faults } = await signedIn(key)
  await page.getByRole('link', { name: 'churn' }).click()
  await page.getByText('1.1.0').first().waitFor()
  await page.getByRole('heading', { name: 'Operations' }).waitFor()
  await page.waitForTimeout(500)
  expect(await page.getByRole('button', { name: /Promote|Retire|Deprecate|Roll back/ }).count()).toBe(0)
  expect(await page.getByRole('heading', { name: 'Who calls it' }).count()).toBe(0)
  await page.getByRole('link', { name: 'Models' }).first().click()
  await page.getByRole('link', { name: 'churn' }).waitFor()
  expect(await page.getByRole('link', { name: 'iris' }).count()).toBe(0)
  expect(faults).toEqual([])
})
