import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { homeAt } from '../../local/home.ts'
import { lendMachines } from '../harness/machines.ts'
import { mounted, whyNoDisk } from './disk.ts'
import { Ledger } from './ledger.ts'
import { type Ended, PlatformProcess } from './platform-process.ts'
import { holdQuiet } from './quiet.ts'
import { Uploader } from './uploads.ts'

const noDisk = whyNoDisk()

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-crash-'))
})
afterEach(async () => {
  await PlatformProcess.killAll()
  await rm(folder, { recursive: true, force: true })
})

/** One sentence that says what is wrong and what to do, no stack, and the exit code of a user's mistake. */
function expectRefused(ended: Ended, reason: string, whatToDo = '--home DIR'): void {
  const document = JSON.parse(ended.stdout) as { code: string; detail: string }
  process.stderr.write(`  sluice up: ${document.detail}\n`)
  expect(ended.code).toBe(1)
  expect(document.code).toBe('usage')
  expect(document.detail).toContain(reason)
  expect(document.detail).toContain(whatToDo)
  expect(document.detail).not.toMatch(/\n|EROFS|EACCES|SQLITE|errno/)
  expect(ended.stderr).not.toMatch(/\n\s+at |Warning/)
}

/** A home with a live model in it. */
async function livingHome(home: string): Promise<Ledger> {
  await lendMachines(homeAt(home))
  const ledger = new Ledger()
  const beside = join(home, '..', 'beside')
  await mkdir(beside, { recursive: true })
  const platform = await PlatformProcess.start(home)
  await new Uploader(home, beside).file('times-one', 0)
  ledger.uploaded('times-one', '1.0.0')
  await holdQuiet(platform.client, home, ['times-one'], ledger)
  await platform.stop()
  return ledger
}

async function expectUnharmed(home: string, ledger: Ledger): Promise<void> {
  const platform = await PlatformProcess.start(home)
  await holdQuiet(platform.client, home, ['times-one'], ledger)
  await ledger.lookAtEnds(platform.client)
  await platform.stop()
}

describe('a platform is not started, and nothing is harmed,', () => {
  test('where its home is a file', async () => {
    const home = join(folder, 'file')
    await writeFile(home, 'mine')
    expectRefused(await PlatformProcess.ended(home), 'there is a file where a folder must be')
    expect(await readdir(folder)).toEqual(['file'])
  })

  test('where its registry is a folder or no database', async () => {
    const home = join(folder, 'home')
    await mkdir(join(home, 'registry.sqlite'), { recursive: true })
    expectRefused(await PlatformProcess.ended(home), 'its files cannot be opened')
    await rm(join(home, 'registry.sqlite'), { recursive: true })
    await writeFile(
      join(home, 'registry.sqlite'),
      'this is no database, and long enough to look like one'.repeat(20),
    )
    expectRefused(await PlatformProcess.ended(home), 'no database')
  })

  test('where this user may not write', async () => {
    const uid = process.getuid?.()
    if (uid !== 0) {
      await chmod(folder, 0o500)
      expectRefused(await PlatformProcess.ended(join(folder, 'home')), 'this user may not write there')
      await chmod(folder, 0o700)
      return
    }
    // Nobody keeps root out of a folder; another user is kept out.
    const home = join(folder, 'home')
    const ledger = await livingHome(home)
    await chmod(folder, 0o711)
    const ended = await PlatformProcess.ended(home, { uid: 65_534 })
    expectRefused(ended, 'this user may not write there')
    await expectUnharmed(home, ledger)
  })

  test('where the port is in use', async () => {
    const home = join(folder, 'home')
    const ledger = await livingHome(home)
    const squatter = createServer().listen(0, '127.0.0.1')
    await once(squatter, 'listening')
    const { port } = squatter.address() as { port: number }
    expectRefused(await PlatformProcess.ended(home, { port }), `port ${port} is in use`, '--port N')
    squatter.close()
    await expectUnharmed(home, ledger)
  })

  test('where another one lives in the home, which goes on', async () => {
    const home = join(folder, 'home')
    const ledger = await livingHome(home)
    const first = await PlatformProcess.start(home)
    expectRefused(await PlatformProcess.ended(home), 'another platform runs in')
    expect(first.isRunning).toBe(true)
    await holdQuiet(first.client, home, ['times-one'], ledger)
    await first.kill()
    await expectUnharmed(home, ledger)
  })

  const onDisk = noDisk === undefined ? test : test.skip
  onDisk('where its disk can only be read', async () => {
    const disk = mounted(join(folder, 'disk'), 40)
    try {
      const home = join(disk.path, 'home')
      const ledger = await livingHome(home)
      disk.remount('ro')
      expectRefused(await PlatformProcess.ended(home), 'its disk can only be read')
      expectRefused(await PlatformProcess.ended(join(disk.path, 'new')), 'its disk can only be read')
      disk.remount('rw')
      await expectUnharmed(home, ledger)
    } finally {
      disk.unmount()
    }
  })

  onDisk('where its disk is full', async () => {
    const disk = mounted(join(folder, 'disk'), 40)
    try {
      const home = join(disk.path, 'home')
      const ledger = await livingHome(home)
      disk.fill()
      expectRefused(await PlatformProcess.ended(home), 'its disk is full')
      expectRefused(await PlatformProcess.ended(join(disk.path, 'new')), 'its disk is full')
      disk.empty()
      await expectUnharmed(home, ledger)
    } finally {
      disk.unmount()
    }
  })
})
