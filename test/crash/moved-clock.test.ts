import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { isOver } from '../../lib/rules/operation.ts'
import { homeAt } from '../../local/home.ts'
import { lendMachines } from '../harness/machines.ts'
import { until } from '../harness/until.ts'
import { Ledger } from './ledger.ts'
import { PlatformProcess } from './platform-process.ts'
import { holdQuiet } from './quiet.ts'
import { askAlways, noAnswers } from './traffic.ts'
import { Uploader } from './uploads.ts'

const hour = 3600 * 1000
const moves = [
  ['an hour forwards', hour],
  ['a day forwards', 24 * hour],
  ['an hour backwards', -hour],
  ['a day backwards', -24 * hour],
] as const

/** A process that loads this has the clock that a file says: so many milliseconds from the true one. */
const movedClock = `
import { readFileSync, watchFile } from 'node:fs'
const Real = Date
const file = process.env.SLUICE_TEST_CLOCK
let offset = Number(readFileSync(file, 'utf8'))
setInterval(() => { offset = Number(readFileSync(file, 'utf8')) }, 20).unref()
globalThis.Date = class Date extends Real {
  constructor(...args) { args.length === 0 ? super(Real.now() + offset) : super(...args) }
  static now() { return Real.now() + offset }
}
`

let folder: string
let home: string
let platform: PlatformProcess
let ledger: Ledger

const clock = () => join(folder, 'clock')

async function started(): Promise<PlatformProcess> {
  const preload = pathToFileURL(join(folder, 'moved-clock.mjs')).href
  return PlatformProcess.start(home, { preload, env: { SLUICE_TEST_CLOCK: clock() } })
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-crash-'))
  home = join(folder, 'home')
  await writeFile(clock(), '0')
  await writeFile(join(folder, 'moved-clock.mjs'), movedClock)
  await mkdir(join(folder, 'beside'))
  await lendMachines(homeAt(home))
  ledger = new Ledger()
  platform = await started()
  for (const number of [0, 1]) {
    await new Uploader(home, join(folder, 'beside')).folder('times-one', number)
    ledger.uploaded('times-one', `1.${number}.0`)
    await holdQuiet(platform.client, home, ['times-one'], ledger)
  }
}, 60_000)

afterEach(async () => {
  await PlatformProcess.killAll()
  await rm(folder, { recursive: true, force: true })
})

/** Move the clock, and wait until the platform lives by it. */
async function move(offsetMs: number): Promise<void> {
  await writeFile(clock(), String(offsetMs))
  await pause(100)
}

const ask = { version: '1.1.0', rollout: 'canary:50%/2s' }

async function baking(): Promise<string> {
  const operation = await platform.client.promote('times-one', ask)
  ledger.acknowledged(operation)
  await until('it has a canary', async () => {
    const { rollout, progress } = await platform.client.operation(operation.id)
    return rollout?.step === 0 && progress.length > 0
  })
  return operation.id
}

/** Whatever the clock says: nobody called the canary, so it must not have been promoted. */
async function expectNotPromoted(id: string): Promise<void> {
  await pause(1500)
  const { state } = await platform.client.operation(id)
  expect(['running', 'rolled-back']).toContain(state)
  expect((await platform.client.model('times-one')).aliases['live']?.stable).toBe('1.0.0')
}

/** A person can always end what waits, and the history goes on in order. */
async function expectEndable(id: string): Promise<void> {
  await ledger.look(platform.client, 'times-one')
  if (!isOver(await platform.client.operation(id)))
    ledger.acknowledged(await platform.client.rollback('times-one', { reason: 'the clock was moved' }))
  expect((await platform.client.model('times-one')).aliases['live']).toMatchObject({ stable: '1.0.0' })
  expect((await platform.client.model('times-one')).aliases['live']?.canary).toBeUndefined()
  await move(0)
  // By its right clock the platform promotes as if nothing had been.
  const answers = noAnswers()
  const stop = new AbortController()
  const asking = askAlways(platform.client, ['times-one'], stop.signal, answers)
  const again = await platform.client.promote('times-one', { ...ask, rollout: 'canary:50%/0s' })
  ledger.acknowledged(again)
  const ended = await until('it is promoted', async () => {
    const operation = await platform.client.operation(again.id)
    return isOver(operation) && operation
  })
  stop.abort()
  await asking
  expect(ended.state).toBe('succeeded')
  expect(answers.wrong).toEqual([])
  // The ledger holds the history's times to their order.
  await ledger.look(platform.client, 'times-one')
}

describe.each(moves)('a clock that is moved %s', (_, offsetMs) => {
  test('while a rollout bakes promotes nothing, and stops nobody', async () => {
    const id = await baking()
    await move(offsetMs)
    await expectNotPromoted(id)
    await expectEndable(id)
  }, 60_000)

  test('across a restart promotes nothing, and stops nobody', async () => {
    const id = await baking()
    await platform.kill()
    await move(offsetMs)
    platform = await started()
    await expectNotPromoted(id)
    await expectEndable(id)
  }, 60_000)
})
