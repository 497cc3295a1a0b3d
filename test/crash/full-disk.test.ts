import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { homeAt } from '../../local/home.ts'
import { lendMachines } from '../harness/machines.ts'
import { until } from '../harness/until.ts'
import { mounted, type SmallDisk, whyNoDisk } from './disk.ts'
import { Ledger } from './ledger.ts'
import { PlatformProcess } from './platform-process.ts'
import { holdQuiet, operationsOf } from './quiet.ts'
import { askAlways, noAnswers } from './traffic.ts'
import { Uploader } from './uploads.ts'

const noDisk = whyNoDisk()

let folder: string
let disk: SmallDisk
let home: string
let platform: PlatformProcess
let ledger: Ledger
let uploader: Uploader

beforeEach(async () => {
  if (noDisk !== undefined) return
  folder = await mkdtemp(join(tmpdir(), 'sluice-crash-'))
  disk = mounted(join(folder, 'disk'), 40)
  home = join(disk.path, 'home')
  await lendMachines(homeAt(home))
  await mkdir(join(disk.path, 'beside'))
  uploader = new Uploader(home, join(disk.path, 'beside'))
  ledger = new Ledger()
  platform = await PlatformProcess.start(home)
  for (const number of [0, 1]) {
    await uploader.folder('times-one', number)
    ledger.uploaded('times-one', `1.${number}.0`)
    await holdQuiet(platform.client, home, ['times-one'], ledger)
  }
}, 60_000)

afterEach(async () => {
  if (noDisk !== undefined) return
  await PlatformProcess.killAll()
  disk.unmount()
  await rm(folder, { recursive: true, force: true })
})

const onDisk = noDisk === undefined ? test : test.skip

/** The disk is full while this is done, and every caller of what is ready is answered. */
async function whileFull(leaveBytes: number, during: () => Promise<void>): Promise<void> {
  const answers = noAnswers()
  const stop = new AbortController()
  disk.fill(leaveBytes)
  const asking = askAlways(platform.client, ['times-one'], stop.signal, answers)
  try {
    await during()
    await pause(1200)
  } finally {
    stop.abort()
    await asking
    disk.empty()
  }
  expect(answers.wrong).toEqual([])
  expect([...answers.refused]).toEqual([])
  expect(answers.right).toBeGreaterThan(20)
  expect(platform.isRunning).toBe(true)
}

/** Nothing is lost and everything ends, first by the process that met the full disk, then by the next one. */
async function expectUnharmed(): Promise<void> {
  await holdQuiet(platform.client, home, ['times-one'], ledger)
  await platform.kill()
  platform = await PlatformProcess.start(home)
  await holdQuiet(platform.client, home, ['times-one'], ledger)
  await ledger.lookAtEnds(platform.client)
}

describe('a disk that is full', () => {
  onDisk.each([0, 20, 60, 120, 250])(
    'from %i ms after an upload lets what is ready answer, and the release end once there is room',
    async (afterMs) => {
      await uploader.folder('times-one', 2)
      ledger.uploaded('times-one', '1.2.0')
      await pause(afterMs)
      await whileFull(0, () => pause(300))
      await expectUnharmed()
    },
    60_000,
  )

  onDisk(
    'refuses what asks for a move, with a problem, and obeys once there is room',
    async () => {
      const before = await platform.client.model('times-one')
      await whileFull(0, async () => {
        await expect(platform.client.promote('times-one', { version: '1.1.0' })).rejects.toMatchObject({
          code: 'disk-full',
          status: 507,
        })
        await expect(
          platform.client.retire('times-one', { version: '1.1.0', reason: 'x' }),
        ).rejects.toMatchObject({ code: 'disk-full' })
        expect(await platform.client.model('times-one')).toEqual(before)
      })
      const { id } = await platform.client.promote('times-one', { version: '1.1.0', rollout: 'all-at-once' })
      await until('it is promoted', async () => (await platform.client.operation(id)).state === 'succeeded')
      await expectUnharmed()
    },
    60_000,
  )

  onDisk(
    'in the middle of a rollout holds it, and lets it end once there is room',
    async () => {
      const asked = { version: '1.1.0', rollout: 'canary:50%/1s,60%/1s' }
      ledger.acknowledged(await platform.client.promote('times-one', asked))
      await until('it has a canary', async () => {
        return (await platform.client.model('times-one')).aliases['live']?.canary !== undefined
      })
      await whileFull(0, () => pause(1500))
      const stop = new AbortController()
      const asking = askAlways(platform.client, ['times-one'], stop.signal, noAnswers())
      await expectUnharmed()
      stop.abort()
      await asking
      expect((await platform.client.model('times-one')).aliases['live']?.stable).toBe('1.1.0')
    },
    60_000,
  )

  onDisk(
    'refuses an upload that it has no room for, for good and with the reason, and keeps no piece of it',
    async () => {
      await uploader.file('too-large', 0, new Uint8Array(8 << 20))
      await whileFull(4 << 20, () => pause(1500))
      const release = await until(
        'its release ends',
        async () => {
          const [operation] = await operationsOf(platform.client, 'too-large')
          return operation !== undefined && operation.state !== 'running' && operation
        },
        20_000,
      )
      process.stderr.write(
        `  release: ${release.state}, ${release.problem?.code}: ${release.problem?.detail}\n`,
      )
      expect(release.state).toBe('failed')
      await expectUnharmed()
    },
    60_000,
  )
})
