import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { openBrowser, openPage } from '../../browser/browser.ts'
import { sluiceConsole } from '../../cli/command.ts'
import type { Door } from './place.ts'
import type { Travels } from './travels.ts'

/** The console of a deployed platform in a real browser: below the gateway with a key, or by `sluice console` where IAM is asked. */
export function consoleJourney(here: () => Travels, door: Door, patienceMs: number): void {
  describe('has a console, which', () => {
    let browser: Browser
    let end = async () => {}
    /** Where the page is opened, and what it is given to sign in with. */
    let url = ''
    let key = ''

    beforeAll(async () => {
      const { platform } = here()
      browser = await openBrowser()
      if (door.callers === 'keys') {
        url = platform.apiUrl.replace(/\/$/, '')
        key = platform.key ?? ''
        return
      }
      const shown = await sluiceConsole(platform.commandUrl, platform.environment)
      end = shown.end
      const address = new URL(shown.url)
      url = address.origin
      key = address.hash.slice('#key='.length)
    }, 60_000)
    afterAll(async () => {
      await browser?.close()
      await end()
    })

    const signedIn = async (path: string) => {
      const seen = await openPage(browser, url, '/console')
      await seen.page.getByLabel('Key or token').fill(key)
      await seen.page.keyboard.press('Enter')
      await seen.page.getByText('asks every 5 s').waitFor()
      await seen.page.goto(`${url}${path}`)
      return seen
    }
    const give = async (page: Page, verb: string, reason: string) => {
      await page.getByRole('textbox', { name: /Why/ }).fill(reason)
      await page.getByRole('dialog').getByRole('button', { name: verb }).click()
    }

    test(
      'asks who calls, and shows no one anything before',
      async () => {
        const { page, faults } = await openPage(browser, url, '/console')
        await page.getByLabel('Key or token').fill('sluice_0000000000000000_nobody')
        await page.getByRole('button', { name: 'Sign in' }).click()
        await page.getByRole('alert').waitFor()
        expect(await page.getByText('petals').count()).toBe(0)
        expect(faults).toEqual([])
      },
      patienceMs,
    )

    test(
      'promotes and takes back, asks again by itself, and shows what happened',
      async () => {
        const { page, faults } = await signedIn('/console')
        await page.getByRole('link', { name: 'petals' }).click()
        await page.getByRole('button', { name: 'Promote 1.1.0' }).click()
        await page.getByLabel('How').selectOption('all-at-once')
        await page.waitForSelector('dialog .would')
        await give(page, 'Promote', 'seen in the console')
        // Nothing tells the page: it asks every 5 s, and a running operation each second.
        await page.getByText('live serves 1.1.0.').waitFor({ timeout: patienceMs })
        await page.getByRole('button', { name: 'Roll back' }).click()
        await page.waitForSelector('dialog .would')
        await give(page, 'Roll back', 'not this one')
        await page.waitForURL('**/console/operations/rollback-**')
        await page.goto(`${url}/console/models/petals/history`)
        await page.getByText('seen in the console').waitFor()
        await page.getByText('not this one').waitFor({ timeout: 60_000 })
        expect((await here().model('petals')).aliases['live']?.stable).toBe('1.0.0')
        expect(faults).toEqual([])
      },
      patienceMs,
    )

    test(
      'hears of what others do within some seconds, and shows what is refused',
      async () => {
        const { page, faults } = await signedIn('/console/models/petals')
        await page.getByRole('button', { name: 'Deprecate 1.1.0' }).waitFor()
        const asked = { reason: 'told to the console by nobody' }
        const place = '/models/petals/versions/1.1.0/deprecation'
        expect((await here().platform.call('POST', place, asked)).status).toBe(200)
        await page.getByRole('button', { name: 'Undo deprecation 1.1.0' }).waitFor({ timeout: 15_000 })
        await here().platform.call('DELETE', place, asked)
        await page.goto(`${url}/console/models/petals/try`)
        await page.getByLabel(/sepal_length/).fill('long')
        await page.getByRole('button', { name: 'Ask' }).click()
        await page.getByText('request-invalid').waitFor()
        await page.getByLabel(/sepal_length/).fill('5.1')
        await page.getByRole('button', { name: 'Ask' }).click()
        await page.waitForSelector('.waterfall')
        const curl = await page.locator('.snippets pre').textContent()
        expect(curl).toContain(`${here().platform.commandUrl.replace(/\/\$default$/, '')}`)
        expect(faults).toEqual([])
      },
      patienceMs,
    )
  })
}
