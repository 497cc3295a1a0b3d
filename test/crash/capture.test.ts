import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { homeAt } from '../../local/home.ts'
import { lendMachines } from '../harness/machines.ts'
import { until } from '../harness/until.ts'
import { mounted, whyNoDisk } from './disk.ts'
import { Ledger } from './ledger.ts'
import { PlatformProcess } from './platform-process.ts'
import { holdQuiet } from './quiet.ts'
import { type Answers, askAlways, noAnswers } from './traffic.ts'
import { Uploader } from './uploads.ts'

const model = 'times-one'
const noDisk = whyNoDisk()
const onDisk = noDisk === undefined ? test : test.skip

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-crash-'))
})
afterEach(async () => {
  await PlatformProcess.killAll()
  await rm(folder, { recursive: true, force: true })
})

/** A platform with a version whose every call is recorded. */
async function recording(home: string, beside: string): Promise<PlatformProcess> {
  await lendMachines(homeAt(home))
  await mkdir(beside)
  const platform = await PlatformProcess.start(home)
  const ledger = new Ledger()
  await new Uploader(home, beside).folder(model, 0, 'capture: {samplePercent: 100}\n')
  ledger.uploaded(model, '1.0.0')
  await holdQuiet(platform.client, home, [model], ledger)
  // The calls of that look are still on their way to the disk.
  await pause(300)
  return platform
}

/** Four callers, for as long as something is done. */
async function whileAsked(
  { client }: PlatformProcess,
  answers: Answers,
  during: () => Promise<void>,
): Promise<void> {
  const stop = new AbortController()
  const asking = askAlways(client, Array(4).fill(model), stop.signal, answers)
  try {
    await during()
  } finally {
    stop.abort()
    await asking
  }
}

async function countsOf({ client }: PlatformProcess) {
  const [version] = (await client.drift(model)).versions
  const {
    written = 0,
    lost,
    interruptions,
  } = version?.capture ?? { lost: Number.NaN, interruptions: Number.NaN }
  return { written, lost, interruptions }
}

/** What was recorded, line by line; a line that is none is undefined. */
async function linesOf(home: string): Promise<({ requestId: string } | undefined)[]> {
  const { captures } = homeAt(home)
  const names = await readdir(captures, { recursive: true })
  const texts = await Promise.all(
    names.filter((name) => name.endsWith('.jsonl')).map((name) => readFile(join(captures, name), 'utf8')),
  )
  return texts
    .flatMap((text) => text.split('\n'))
    .filter((line) => line !== '')
    .map((line) => {
      try {
        return JSON.parse(line) as { requestId: string }
      } catch {
        return undefined
      }
    })
}

onDisk(
  'a full disk takes no record, every caller is answered, and every record that is missing is counted',
  async () => {
    const disk = mounted(join(folder, 'disk'), 40)
    try {
      const home = join(disk.path, 'home')
      const platform = await recording(home, join(disk.path, 'beside'))
      const before = await countsOf(platform)
      const answers = noAnswers()
      await whileAsked(platform, answers, async () => {
        await pause(500)
        disk.fill()
        await pause(2500)
        disk.empty()
        await pause(500)
      })
      expect(answers.wrong).toEqual([])
      expect([...answers.refused]).toEqual([])
      const counts = await until('every call is written or counted', async () => {
        const { written, lost, interruptions } = await countsOf(platform)
        const known = written - before.written + lost
        return known >= answers.right && { known, written, lost, interruptions }
      })
      process.stderr.write(
        `  ${answers.right} answers over a full disk: ${counts.written} recorded, ${counts.lost} counted as lost\n`,
      )
      expect(counts).toMatchObject({ known: answers.right, interruptions: 0 })
      expect(counts.lost).toBeGreaterThan(20)
      const lines = await linesOf(home)
      expect(lines).not.toContain(undefined)
      expect(lines).toHaveLength(counts.written)
    } finally {
      await PlatformProcess.killAll()
      disk.unmount()
    }
  },
  60_000,
)

test('a kill loses what was in hand, says that it did, and spoils no other record', async () => {
  const home = join(folder, 'home')
  let platform = await recording(home, join(folder, 'beside'))
  const answers = noAnswers()
  const kills = 3
  for (let i = 0; i < kills; i += 1) {
    await whileAsked(platform, answers, async () => {
      await pause(1500)
      await platform.kill()
    })
    platform = await PlatformProcess.start(home)
  }
  await whileAsked(platform, answers, () => pause(500))
  const { interruptions, lost } = await countsOf(platform)
  await platform.stop()

  const lines = await linesOf(home)
  const whole = lines.filter((line) => line !== undefined)
  process.stderr.write(
    `  ${answers.right} answers over ${kills} kills: ${whole.length} recorded, ${lines.length - whole.length} half lines\n`,
  )
  expect(answers.wrong).toEqual([])
  expect({ interruptions, lost }).toEqual({ interruptions: kills, lost: 0 })
  expect(lines.length - whole.length).toBeLessThanOrEqual(kills)
  expect(new Set(whole.map(({ requestId }) => requestId)).size).toBe(whole.length)
  // What four callers had in hand: a call waits 50 ms to be written with others.
  expect(answers.right - whole.length).toBeLessThan(kills * 100)
}, 60_000)
