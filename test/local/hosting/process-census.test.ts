import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { ProcessCensus } from '../../../local/hosting/process-census.ts'
import { groupSize } from '../../../local/hosting/process-memory.ts'
import { isAlive } from '../../harness/model-servers.ts'
import { temporaryFolder } from '../../harness/temporary-folder.ts'
import { until } from '../../harness/until.ts'

const root = await temporaryFolder()
const started: number[] = []
afterAll(() => {
  for (const pid of started.filter(isAlive)) process.kill(pid, 'SIGKILL')
})

/** A process that waits, with these words in its arguments. */
async function waiting(...words: readonly string[]) {
  const child = spawn('sh', ['-c', 'sleep 60; true', ...words], { detached: true, stdio: 'ignore' })
  await once(child, 'spawn')
  const pid = child.pid ?? 0
  started.push(pid)
  return { pid, ended: () => child.signalCode !== null }
}

test('the next platform ends what the last one left, and nothing else', async () => {
  const folder = join(root, 'reaped')
  const sockets = ['ours', 'theirs', 'forgotten'].map((name) => join(root, name, 'socket'))
  for (const name of ['ours', 'theirs', 'forgotten']) await mkdir(join(root, name))
  const [ours = '', theirs = '', forgotten = ''] = sockets
  // The second has a process id that is used again by something else; the third was told to be forgotten.
  const [left, reused, over] = [await waiting(ours), await waiting('else'), await waiting(forgotten)]
  const census = new ProcessCensus(folder)
  census.enter({ pid: left.pid, socket: ours })
  census.enter({ pid: reused.pid, socket: theirs })
  census.enter({ pid: over.pid, socket: forgotten })()
  new ProcessCensus(folder).reap()
  await until('what was left has ended', left.ended)
  expect(isAlive(reused.pid) && isAlive(over.pid)).toBe(true)
  expect(await readdir(folder)).toEqual([])
  expect((await readdir(root)).includes('ours')).toBe(false)
  expect((await readdir(root)).includes('forgotten')).toBe(true)
})

test('what does not belong into its folder harms nobody', async () => {
  const folder = join(root, 'strange')
  const census = new ProcessCensus(folder)
  const socket = join(root, 'nowhere', 'socket')
  // Whoever signals group 1, or the group of number zero, signals everybody.
  for (const name of ['0', '1', '-1', 'x', '12.json']) await symlink(socket, join(folder, name))
  await writeFile(join(folder, '99999999'), '')
  census.reap()
  expect(await readdir(folder)).toEqual([])
})

test('an entry is whole or not there, and one that cannot be made keeps nobody from serving', async () => {
  const folder = join(root, 'gone')
  const census = new ProcessCensus(folder)
  await rm(folder, { recursive: true })
  const forget = census.enter({ pid: process.pid, socket: '/x/socket' })
  expect(forget).not.toThrow()
})

test('the size of a group counts children, and orphans of whom nobody is the parent any more', async () => {
  const child = spawn('sh', ['-c', 'sh -c "sleep 60 & sleep 60 &"; sleep 60; true'], {
    detached: true,
    stdio: 'ignore',
  })
  await once(child, 'spawn')
  try {
    const size = await until(
      'all are counted',
      () => {
        const now = groupSize(child.pid ?? 0)
        return now !== undefined && now.processes === 4 && now
      },
      15_000,
    )
    expect(size.residentMb).toBeGreaterThan(0.5)
    expect(size.residentMb).toBeLessThan(100)
  } finally {
    process.kill(-(child.pid ?? 0), 'SIGKILL')
  }
}, 20_000)
