/**
 * What somebody new to it does with the console alone: release, watch, break, take back, find out what served before. How
 * many clicks and how long each takes, by a script that goes the way the page shows; a person also reads.
 * `npm run bench:console-stranger`. The models are those of examples/iris; the third of them is bad.
 */
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { startPlatform } from '../local/platform.ts'
import { openBrowser } from '../test/browser/browser.ts'
import { columns } from './harness/figures.ts'
import { loadLine, machineLoad, say } from './harness/talk.ts'

const examples = join(import.meta.dirname, '..', 'examples', 'iris')
const rows: readonly unknown[] = JSON.parse(await readFile(join(examples, 'rows.json'), 'utf8'))
const patienceMs = 120_000

/** A person at the page: every click and every field is counted. */
class Stranger {
  readonly page: Page
  #clicks = 0
  readonly #steps: string[][] = []

  constructor(page: Page) {
    this.page = page
    page.setDefaultTimeout(patienceMs)
  }

  async press(name: string, role: 'button' | 'link' = 'button'): Promise<void> {
    this.#clicks += 1
    await this.page
      .getByRole(role, { name, exact: role === 'link' })
      .first()
      .click()
  }

  async choose(label: string, value: string): Promise<void> {
    this.#clicks += 1
    await this.page.getByLabel(label).selectOption(value)
  }

  /** Give a reason, and do it. */
  async confirm(verb: string, reason: string): Promise<void> {
    await this.page.waitForSelector('dialog')
    await this.page.getByRole('textbox', { name: /Why/ }).fill(reason)
    this.#clicks += 1
    await this.page.getByRole('dialog').getByRole('button', { name: verb }).click()
  }

  async sees(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).first().waitFor()
  }

  async step(what: string, work: () => Promise<void>): Promise<void> {
    this.#clicks = 0
    const began = performance.now()
    await work()
    say(what)
    this.#steps.push([what, `${this.#clicks}`, `${((performance.now() - began) / 1000).toFixed(1)} s`])
  }

  told(): string {
    return columns(['', 'clicks', 'took'], this.#steps)
  }
}

/** An application that goes on asking, whatever happens. @returns what ends it */
function application(url: string): () => void {
  let ended = false
  const ask = async (first: number) => {
    for (let i = first; !ended; i += 1) {
      const body = JSON.stringify([rows[i % rows.length]])
      const headers = { 'content-type': 'application/json' }
      await fetch(`${url}/models/iris/invocations`, { method: 'POST', headers, body }).catch(() => undefined)
    }
  }
  for (const first of [0, 50]) void ask(first)
  return () => {
    ended = true
  }
}

const folder = await mkdtemp(join(tmpdir(), 'sluice-stranger-'))
const before = machineLoad()
const platform = await startPlatform({ home: join(folder, 'home'), port: 0 })
const browser = await openBrowser()
let ended = () => {}
try {
  const drop = (version: string) =>
    cp(join(examples, version), join(platform.home.store, 'models', 'iris', version), { recursive: true })
  const stranger = new Stranger(await browser.newPage({ viewport: { width: 1280, height: 900 } }))
  await stranger.page.goto(`${platform.url}/console`)
  await stranger.step('release: a folder is copied into the store, and the page shows it live', async () => {
    await drop('1.0.0')
    await stranger.sees('1.0.0')
  })
  ended = application(platform.url)
  await stranger.step('release a second version, and see that it is ready', async () => {
    await drop('1.1.0')
    await stranger.sees('1.1.0 is ready')
  })
  await stranger.step('let it to the callers, and watch it take them all', async () => {
    await stranger.press('iris', 'link')
    await stranger.press('Promote 1.1.0')
    await stranger.choose('How', 'all-at-once')
    await stranger.page.waitForSelector('dialog .would')
    await stranger.confirm('Promote', 'it is the better one')
    await stranger.sees('live serves 1.1.0.')
  })
  const served = new Date()
  await stranger.step(
    'break: release a bad one, let it to the callers, and see it taken back by itself',
    async () => {
      await drop('1.2.0')
      await stranger.press('iris', 'link')
      await stranger.press('Promote 1.2.0')
      await stranger.choose('How', 'canary:10%/60s,50%/60s')
      await stranger.page.waitForSelector('dialog .would')
      await stranger.confirm('Promote', 'a third model')
      await stranger.sees('taken back here')
    },
  )
  await stranger.step('take the one before back by hand', async () => {
    await stranger.press('iris', 'link')
    await stranger.press('Roll back live')
    await stranger.page.waitForSelector('dialog .would')
    await stranger.confirm('Roll back', 'the first was right after all')
    await stranger.sees('Done.')
  })
  await stranger.step('find out what served before, since when and why', async () => {
    await stranger.press('iris', 'link')
    await stranger.press('History', 'link')
    const local = new Date(served.getTime() - served.getTimezoneOffset() * 60_000 + 1000)
    await stranger.page.getByLabel('What served then?').fill(local.toISOString().slice(0, 19))
    await stranger.press('Look')
    await stranger.page.locator('.served', { hasText: 'it is the better one' }).waitFor()
  })
  console.log(stranger.told())
  console.log(loadLine({ before, after: machineLoad() }))
} finally {
  ended()
  await browser.close()
  await platform.stop()
  await rm(folder, { recursive: true, force: true })
}
