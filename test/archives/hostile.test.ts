import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { ArchiveEnding } from '../../lib/rules/archive/archive-kind.ts'
import { refused } from '../harness/refused.ts'
import { sparseWeights, writeTarGz, zipBomb } from './bombs.ts'
import { type Hostile, hostileTars } from './hostile-tars.ts'
import { hostileZips } from './hostile-zips.ts'
import { sha256Of, Workshop } from './workshop.ts'

let workshop: Workshop
beforeAll(async () => {
  workshop = await Workshop.open()
})
afterAll(async () => {
  const count = hostileTars.length + hostileZips.length
  process.stdout.write(
    `${count} hostile archives, ${accepted} accepted, the canary is alive; 4 GiB bombs and 1 GiB of weights judged in at most ${peak} MiB\n`,
  )
  await workshop.close()
})

let accepted = hostileTars.length + hostileZips.length
let peak = 0
/** What was tried, by its digest. */
const tried = new Map<string, string[]>()

async function isRefused(ending: ArchiveEnding, [what, make, says]: Hostile): Promise<void> {
  const bytes = make(workshop.outside)
  tried.set(sha256Of(bytes), [...(tried.get(sha256Of(bytes)) ?? []), what])
  const before = await workshop.standing(bytes)
  const problem = await refused(workshop.released(bytes, ending))
  accepted -= 1
  expect(['archive-refused', 'artifact-too-large']).toContain(problem.code)
  expect(problem.message).toMatch(says)
  expect(await workshop.standing(bytes)).toEqual(before)
  await workshop.clear()
}

describe('a tar.gz is refused, and nothing of it is written, that holds', () => {
  test.each(hostileTars)('%s', (...hostile) => isRefused('.tar.gz', hostile))
})

describe('a zip is refused, and nothing of it is written, that holds', () => {
  test.each(hostileZips)('%s', (...hostile) => isRefused('.zip', hostile))
})

test('there are more than sixty of them, and no two are the same', () => {
  expect([...tried].filter(([, names]) => names.length > 1).map(([, names]) => names)).toEqual([])
  expect(tried.size).toBeGreaterThan(60)
})

describe('in a process of its own that has at most 150 MiB', () => {
  async function judged(place: string) {
    const judge = join(import.meta.dirname, 'judge-process.ts')
    const { stdout } = await promisify(execFile)(process.execPath, [judge, place])
    const came = JSON.parse(stdout) as { bytes?: number; refused?: string; peakMebibytes: number }
    peak = Math.max(peak, came.peakMebibytes)
    expect(came.peakMebibytes).toBeLessThanOrEqual(150)
    return came
  }
  const place = (name: string) => join(workshop.folder, name)
  const zeros = { mebibytes: 4096, bytes: new Uint8Array(2 ** 20) }

  test('4 GiB of zeros in a tar.gz are refused by what they say', async () => {
    await writeTarGz(place('bomb.tar.gz'), zeros)
    expect((await judged(place('bomb.tar.gz'))).refused).toMatch(/unpacks to 4294967296 or more/)
  }, 60_000)

  test('4 GiB of zeros behind the end of a tar.gz are refused once they are too many', async () => {
    await writeTarGz(place('behind.tar.gz'), { ...zeros, behindItsEnd: true })
    expect((await judged(place('behind.tar.gz'))).refused).toMatch(/unpacks to 4\d{8} or more/)
  }, 60_000)

  test('4 GiB of zeros in a zip are refused by what they say', async () => {
    await writeFile(place('bomb.zip'), zipBomb(4096, 2 ** 32 - 2))
    expect((await judged(place('bomb.zip'))).refused).toMatch(/unpacks to 4294967294 or more/)
  }, 60_000)

  test('4 GiB of zeros in a zip that says a byte are refused behind that byte', async () => {
    await writeFile(place('liar.zip'), zipBomb(4096, 1))
    expect((await judged(place('liar.zip'))).refused).toMatch(/does not unpack to the 1 bytes/)
  }, 60_000)

  test('a GiB of weights passes, to its last byte', async () => {
    await writeTarGz(place('weights.tar.gz'), { mebibytes: 1024, bytes: sparseWeights() })
    expect(await judged(place('weights.tar.gz'))).toMatchObject({ bytes: 2 ** 30 })
  }, 120_000)
})
