import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { homeAt } from '../../local/home.ts'
import { lendMachines } from '../harness/machines.ts'
import { isAlive } from '../harness/model-servers.ts'
import { loopModel } from '../harness/onnx-models.ts'
import { until } from '../harness/until.ts'
import { Ledger } from './ledger.ts'
import { PlatformProcess } from './platform-process.ts'
import { holdQuiet } from './quiet.ts'
import { askAlways, noAnswers } from './traffic.ts'
import { Uploader } from './uploads.ts'

const kills = 50
const present = ['times-one', 'times-two'] as const

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-crash-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test(`${kills} kills of model processes under load: right answers and 503, nobody waits, nothing else dies`, async () => {
  const home = join(folder, 'home')
  await lendMachines(homeAt(home))
  await mkdir(join(folder, 'beside'))
  const platform = await PlatformProcess.start(home)
  const ledger = new Ledger()
  for (const model of present) {
    await new Uploader(home, join(folder, 'beside')).file(model, 0)
    ledger.uploaded(model, '1.0.0')
  }
  await holdQuiet(platform.client, home, present, ledger)

  const answers = noAnswers()
  const stop = new AbortController()
  // Eight callers of each model.
  const callers = Array.from({ length: 8 }, () => [...present]).flat()
  const asking = askAlways(platform.client, callers, stop.signal, answers)
  const killed = new Set<number>()
  while (killed.size < kills) {
    const server = await until('a model server is there', () =>
      platform.modelServers().find(({ pid }) => !killed.has(pid)),
    )
    // While it serves, while it loads, and while it starts.
    await pause((killed.size % 5) * 60)
    process.kill(server.pid, 'SIGKILL')
    killed.add(server.pid)
    await until('it is gone', () => !isAlive(server.pid))
    // Left alone for long enough now and then: one that dies again and again is started ever more slowly.
    const right = answers.right
    if (killed.size % 5 === 0) await until('both answer again', () => answers.right > right + 50, 15_000)
  }
  await holdQuiet(platform.client, home, present, ledger)
  stop.abort()
  await asking

  const refused = [...answers.refused].map(([kind, count]) => `${count} ${kind}`).join(', ')
  process.stderr.write(
    `${kills} model processes killed: ${answers.right} right answers, refused: ${refused}, slowest ${Math.round(answers.slowestMs)} ms\n`,
  )
  expect(answers.wrong).toEqual([])
  expect([...answers.refused.keys()]).toEqual(['503 endpoint-unavailable'])
  expect(answers.slowestMs).toBeLessThan(5000)
  expect(platform.isRunning).toBe(true)
  expect(platform.stderr).not.toMatch(/\n\s+at /)
  await platform.stop()
}, 180_000)

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
