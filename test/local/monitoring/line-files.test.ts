import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { LineFiles } from '../../../local/monitoring/line-files.ts'

let folder: string
let files: LineFiles
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-lines-'))
  files = new LineFiles()
})
afterEach(async () => {
  await files.close()
  await rm(folder, { recursive: true, force: true })
})

/** How many files of the folder this process holds open. */
async function heldOpen(): Promise<number> {
  const held = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readFile(`/proc/self/fdinfo/${fd}`, 'utf8').catch(() => '')),
  )
  return held.filter((info) => /flags:\s*0?\d*2002$/m.test(info)).length
}

test('a file that somebody removes is made anew once it was closed', async () => {
  const path = join(folder, 'a', 'calls.jsonl')
  await files.append(path, 'one\n')
  await rm(path)
  await files.append(path, 'gone with the file\n')
  await files.close()
  await files.append(path, 'two\n')
  await files.append(path, 'three\n')
  expect(await readFile(path, 'utf8')).toBe('two\nthree\n')
})

const whereHandlesShow = existsSync('/proc/self/fdinfo') ? test : test.skip
whereHandlesShow('of many files a bounded number is held open, and none loses a line', async () => {
  const before = await heldOpen()
  const paths = Array.from({ length: 150 }, (_, i) => join(folder, `${i}.jsonl`))
  for (const line of ['one\n', 'two\n']) for (const path of paths) await files.append(path, line)
  expect((await heldOpen()) - before).toBeGreaterThan(0)
  expect((await heldOpen()) - before).toBeLessThanOrEqual(64)
  expect(new Set(await Promise.all(paths.map((path) => readFile(path, 'utf8'))))).toEqual(
    new Set(['one\ntwo\n']),
  )
})
