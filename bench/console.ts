/**
 * What the console takes of whoever looks at it: with many models and versions, on a real platform of this machine and in
 * a real Chromium, until it is first seen and until it answers a key; and its memory over an hour of events.
 * `npm run bench:console -- [--models 1000] [--versions 10] [--minutes 60] [--json]`.
 *
 * Versions are written into the registry as releases leave them, and nothing of them runs: the console asks for none.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { CDPSession, Page } from 'playwright-core'
import { openDatabase } from '../local/database.ts'
import { homeAt } from '../local/home.ts'
import { startPlatform } from '../local/platform.ts'
import { SqliteRegistry } from '../local/sqlite-registry.ts'
import { openBrowser } from '../test/browser/browser.ts'
import { moveOf, readyRecord } from '../test/harness/records.ts'
import { columns, median, plain } from './harness/figures.ts'
import { loadLine, machineLoad, say, wholeNumber } from './harness/talk.ts'

const { values: flags } = parseArgs({
  options: {
    models: { type: 'string', default: '1000' },
    versions: { type: 'string', default: '10' },
    minutes: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
  },
})
const models = wholeNumber('--models', flags.models)
const versions = wholeNumber('--versions', flags.versions)
const minutes = wholeNumber('--minutes', flags.minutes)

const names = Array.from({ length: models }, (_, i) => `model-${String(i).padStart(4, '0')}`)
const signature = {
  inputs: [{ name: 'x', type: 'float32' as const, shape: [] }],
  outputs: [{ name: 'y', type: 'float32' as const, shape: [] }],
}
const rows = '.models tbody tr:not(.room)'

/** Write every version into the registry of a home that no platform has taken. */
async function fill(home: string): Promise<void> {
  const database = openDatabase(homeAt(home).database)
  const registry = new SqliteRegistry(database)
  for (const model of names)
    for (let minor = 0; minor < versions; minor += 1)
      await registry.claim(readyRecord(model, `1.${minor}.0`, signature))
  for (const model of names)
    await registry.commit(
      moveOf(undefined, model, {
        aliases: { live: { stable: '1.0.0', by: 'promotion-1' } },
        accepted: ['1.0.0'],
      }),
    )
  database.close()
}

interface Paints {
  readonly firstPaintMs: number
  readonly rowsMs: number
}

/** Open the list of all models, and be told when something was seen, and when the models were. */
async function opened(page: Page, url: string): Promise<Paints> {
  await page.goto(`${url}/console`)
  await page.waitForSelector(rows)
  const rowsMs = await page.evaluate<number>('performance.now()')
  const firstPaintMs = await page.evaluate<number>(
    `performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN`,
  )
  return { firstPaintMs, rowsMs }
}

/** From a key to the frame that shows what came of it, each time. */
async function keys(page: Page, typed: string): Promise<number[]> {
  await page.keyboard.press('/')
  await page.evaluate(
    `window.took = []; addEventListener('keydown', () => { const began = performance.now(); requestAnimationFrame(() => requestAnimationFrame(() => window.took.push(performance.now() - began))) }, true)`,
  )
  for (const key of typed) {
    await page.keyboard.press(key)
    await page.waitForTimeout(120)
  }
  return page.evaluate<number[]>('window.took')
}

/** What the page holds, once all that can go is gone, in MB. */
async function heapMb(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  return usedSize / 1e6
}

/** An hour passes for the page, with an event every second or so; what it asks for it gets of the platform. */
async function anHour(page: Page, url: string): Promise<{ before: number; after: number; asked: number }> {
  let [told, asked] = [0, 0]
  await page.clock.install()
  await page.route('**/events', (route) => {
    const frames = Array.from({ length: 4 }, () => {
      told += 1
      const model = names[told % names.length]
      return `event: told\ndata: ${JSON.stringify({ type: 'Promoted', at: new Date().toISOString(), model, version: '1.0.0', message: `move ${told}` })}\n\n`
    })
    return route.fulfill({ contentType: 'text/event-stream', body: frames.join('') })
  })
  page.on('request', () => {
    asked += 1
  })
  await page.goto(`${url}/console`)
  await page.waitForSelector(rows)
  const session = await page.context().newCDPSession(page)
  await page.clock.runFor(60_000)
  const before = await heapMb(session)
  for (let minute = 0; minute < minutes; minute += 1) {
    if (minute % 10 === 9) say(`${minute + 1} minutes`)
    for (let part = 0; part < 12; part += 1) {
      await page.clock.runFor(5000)
      // The connection ends and begins anew: it takes a turn of the real clock until its events are there.
      await page.waitForTimeout(10)
    }
  }
  return { before, after: await heapMb(session), asked }
}

const folder = await mkdtemp(join(tmpdir(), 'sluice-console-'))
const before = machineLoad()
try {
  const home = join(folder, 'home')
  say(`${models} models of ${versions} versions are written`)
  await fill(home)
  const platform = await startPlatform({ home, port: 0 })
  const browser = await openBrowser()
  try {
    const look = async () => browser.newPage({ viewport: { width: 1280, height: 800 } })
    const paints: Paints[] = []
    for (let round = 0; round < 5; round += 1) {
      const page = await look()
      paints.push(await opened(page, platform.url))
      await page.close()
    }
    say('opened')
    const page = await look()
    await opened(page, platform.url)
    const took = await keys(page, 'model-0512')
    await page.goto(`${platform.url}/console/models/${names.at(-1)}`)
    await page.waitForSelector('.versions tbody tr')
    const modelMs = await page.evaluate<number>('performance.now()')
    await page.close()
    say(
      `the models after ${plain(median(paints.map(({ rowsMs }) => rowsMs)))} ms, a key ${plain(median(took))} ms; an hour passes`,
    )
    const hour = await anHour(await look(), platform.url)
    const figures = {
      'first contentful paint, median of 5, ms': median(paints.map(({ firstPaintMs }) => firstPaintMs)),
      'the models are there, median of 5, ms': median(paints.map(({ rowsMs }) => rowsMs)),
      'a key of the search to its frame, median, ms': median(took),
      'the slowest key, ms': Math.max(...took),
      'the versions of a model are there, ms': modelMs,
      [`heap after a minute of events, MB`]: hour.before,
      [`heap after ${minutes} minutes more, MB`]: hour.after,
      'requests meanwhile': hour.asked,
    }
    const load = { before, after: machineLoad() }
    if (flags.json) console.log(JSON.stringify({ models, versions, minutes, figures, machineLoad: load }))
    else {
      console.log(
        columns(
          ['', ''],
          Object.entries(figures).map(([what, value]) => [what, plain(value)]),
        ),
      )
      console.log(loadLine(load))
    }
  } finally {
    await browser.close()
    await platform.stop()
  }
} finally {
  // The last lines of the platform's log may still be on their way.
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
}
