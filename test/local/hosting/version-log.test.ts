import { existsSync, statSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { readLog, VersionLog } from '../../../local/hosting/version-log.ts'
import { temporaryFolder } from '../../harness/temporary-folder.ts'
import { until } from '../../harness/until.ts'

const folder = await temporaryFolder()
const place = (name: string) => join(folder, `${name}.log`)
const texts = (path: string, after?: string) => readLog(path, after).map(({ text }) => text)
const bytesOf = (path: string) =>
  [path, `${path}.1`].filter(existsSync).reduce((sum, file) => sum + statSync(file).size, 0)

describe('a log', () => {
  test('that was never written to is empty', () => {
    expect(readLog(place('never'))).toEqual([])
  })

  test('holds what a process says, line by line, however it comes', async () => {
    const output = new PassThrough()
    new VersionLog(place('lines')).follow(output)
    for (const part of ['one\ntw', 'o\n\nthr', 'ee ä'.slice(0, 3), 'ee ä'.slice(3)]) {
      output.write(part)
      await nextTurn()
    }
    output.end()
    await until('it has ended', () => output.readableEnded)
    expect(texts(place('lines'))).toEqual(['one', 'two', '', 'three ä'])
  })

  test('gives each line a stamp of its own, rising, also after a restart and where its clock was ahead', async () => {
    const path = place('stamps')
    const log = new VersionLog(path)
    for (let i = 0; i < 2000; i += 1) log.say(`${i}`)
    new VersionLog(path).say('again')
    const ahead = '2199-01-01T00:00:00.000009Z'
    await writeFile(path, `${ahead} from a clock that was set back\n`, { flag: 'a' })
    new VersionLog(path).say('after it')
    const lines = readLog(path)
    expect(lines.map(({ text }) => text).slice(-3)).toEqual([
      'again',
      'from a clock that was set back',
      'after it',
    ])
    expect(lines.every(({ at }, i) => i === 0 || at > (lines[i - 1]?.at ?? ''))).toBe(true)
    expect(lines.every(({ at }) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(at))).toBe(true)
  })

  test('goes on rising after a restart right after it was full', () => {
    const path = place('turned')
    const log = new VersionLog(path)
    while (!existsSync(`${path}.1`)) log.say('x'.repeat(8000))
    const last = readLog(path).at(-1)?.at ?? ''
    new VersionLog(path).say('again')
    expect(readLog(path, last).map(({ text }) => text)).toEqual(['again'])
  })

  test('shows nothing that a terminal would obey', () => {
    const path = place('plain')
    new VersionLog(path).say('a\u001b[31mred\u001b[0m\tb\r\u0007\u009b1m \u202eesrever')
    expect(texts(path)).toEqual(['a[31mred[0m\tb1m esrever'])
  })

  test('cuts a line that does not end', async () => {
    const output = new PassThrough()
    new VersionLog(place('long')).follow(output)
    output.end('x'.repeat(100_000))
    await until('it has ended', () => output.readableEnded)
    for (const text of texts(place('long'))) expect(text.length).toBeLessThanOrEqual(8192)
  })

  test('stays within two megabytes, and whoever follows it misses no line of them all', () => {
    const path = place('bounded')
    const log = new VersionLog(path)
    const seen: string[] = []
    let after = ''
    for (let i = 0; i < 60_000; i += 1) {
      log.say(`${i} ${'.'.repeat(60)}`)
      if (i % 5000 !== 4999) continue
      const lines = readLog(path, after)
      after = lines.at(-1)?.at ?? after
      seen.push(...lines.map(({ text }) => text.split(' ')[0] ?? ''))
      expect(bytesOf(path)).toBeLessThan(2.1 * 2 ** 20)
    }
    expect(seen).toEqual(Array.from({ length: 60_000 }, (_, i) => `${i}`))
  })

  test('is read from any of its lines on', () => {
    const path = place('from')
    const log = new VersionLog(path)
    for (let i = 0; i < 100; i += 1) log.say('x'.repeat(i))
    const all = readLog(path)
    for (const [i, { at }] of all.entries()) expect(readLog(path, at)).toEqual(all.slice(i + 1))
  })

  test('says how much of a flood of short lines it has left out', async () => {
    const output = new PassThrough()
    new VersionLog(place('dust')).follow(output)
    output.end(Buffer.alloc(60_000, '\n'))
    await until('it has ended', () => output.readableEnded)
    expect(texts(place('dust'))).toHaveLength(4097)
    expect(texts(place('dust'))[0]).toBe('55904 short lines are left out here')
  })

  test('that cannot be written takes nobody down, and goes on when it can be', async () => {
    const path = join(folder, 'no-folder', 'x.log')
    await writeFile(join(folder, 'no-folder'), 'in the way')
    const log = new VersionLog(path)
    log.say('lost')
    await rm(join(folder, 'no-folder'))
    await mkdir(join(folder, 'no-folder'))
    log.say('kept')
    expect(texts(path)).toEqual(['kept'])
  })
})
