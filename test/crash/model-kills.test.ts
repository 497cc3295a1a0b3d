import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { homeAt } from '../../local/home.ts'
import { lendMachines } from '../harness/machines.ts'
import { loopModel } from '../harness/onnx-models.ts'
import { until } from '../harness/until.ts'
import { Ledger } from './ledger.ts'
import { PlatformProcess } from './platform-process.ts'
import { holdQuiet } from './quiet.ts'
import { type Answers, askAlways, noAnswers } from './traffic.ts'
import { Uploader } from './uploads.ts'

/** One that dies again and again is started ever more slowly, so that a few platforms share the kills. */
const platforms = 5
const killsEach = 10
const present = ['times-one', 'times-two'] as const

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-crash-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

afterEach(() => PlatformProcess.killAll())

test(`${platforms * killsEach} kills of model processes under load: right answers and 503, nobody waits, nothing else dies`, async () => {
  const each = await Promise.all(
    Array.from({ length: platforms }, (_, i) => killedModels(join(folder, `${i}`))),
  )
  const sum = (of: (answers: Answers) => number) => each.reduce((total, answers) => total + of(answers), 0)
  const slowestMs = Math.max(...each.map((answers) => answers.slowestMs))
  const unavailable = sum(({ refused }) => refused.get('503 endpoint-unavailable') ?? 0)
  process.stderr.write(
    `${platforms * killsEach} model processes killed: ${sum(({ right }) => right)} right answers, ${unavailable} times 503, the slowest after ${Math.round(slowestMs)} ms\n`,
  )
  expect(each.flatMap(({ wrong }) => wrong)).toEqual([])
  expect(new Set(each.flatMap(({ refused }) => [...refused.keys()]))).toEqual(
    new Set(['503 endpoint-unavailable']),
  )
  expect(slowestMs).toBeLessThan(5000)
}, 240_000)

/** Kill the model processes of a platform with two models again and again. @returns what their callers were answered */
async function killedModels(root: string): Promise<Answers> {
  const home = join(root, 'home')
  await lendMachines(homeAt(home))
  await mkdir(join(root, 'beside'))
  const platform = await PlatformProcess.start(home)
  const ledger = new Ledger()
  for (const model of present) {
    await new Uploader(home, join(root, 'beside')).file(model, 0)
    ledger.uploaded(model, '1.0.0')
  }
  await holdQuiet(platform.client, home, present, ledger)
  const answers = noAnswers()
  const stop = new AbortController()
  const callers = [...present, ...present, ...present]
  const asking = askAlways(platform.client, callers, stop.signal, answers)
  const killed = new Set<number>()
  while (killed.size < killsEach) {
    const server = await until(
      'a model server is there',
      () => platform.modelServers().find(({ pid }) => !killed.has(pid)),
      20_000,
    )
    // Left in peace for once: from then on its next death is its first again.
    if (killed.size === killsEach / 2) await pause(11_000)
    // While it starts, while it loads, and while it serves.
    await pause((killed.size % 4) * 100)
    process.kill(server.pid, 'SIGKILL')
    killed.add(server.pid)
  }
  const right = answers.right
  await until('both answer again', () => answers.right > right + 20, 30_000)
  await holdQuiet(platform.client, home, present, ledger)
  stop.abort()
  await asking
  expect(platform.isRunning).toBe(true)
  expect(platform.stderr).not.toMatch(/\n\s+at /)
  await platform.stop()
  return answers
}

test('a model process that hangs in a prediction does not outlive its platform', async () => {
  const home = join(folder, 'home')
  await lendMachines(homeAt(home))
  const platform = await PlatformProcess.start(home)
  await mkdir(join(home, 'store', 'models', 'stuck'), { recursive: true })
  await writeFile(join(home, 'store', 'models', 'stuck', '1.0.0.onnx'), loopModel())
  await until('it is live', async () => {
    const found = await platform.client.model('stuck').catch(() => undefined)
    return found?.aliases['live'] !== undefined
  })
  const forEver = platform.client.invoke('stuck', '', '{"rounds": 1000000000000}', 'application/json')
  const cut = forEver.catch((error: Error) => error.message)
  await pause(300)
  // Waits until its model servers are gone, and fails where they stay.
  await platform.kill()
  expect(await cut).toContain('no platform answers')
}, 60_000)
