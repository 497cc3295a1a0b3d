import { execFileSync } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { CapturedCall, CapturedRecord } from '../../../lib/rules/capture/captured-call.ts'
import { hourPartition } from '../../../lib/wiring/capture-layout.ts'
import { openCounters } from '../../../local/database.ts'
import { CaptureCounts } from '../../../local/monitoring/capture-counts.ts'
import { CaptureFolder } from '../../../local/monitoring/capture-folder.ts'
import { unless } from '../../../local/on-disk.ts'
import { until } from '../../harness/until.ts'

const hourMs = 3_600_000
const began = Date.parse('2026-03-01T10:15:00Z')
const megabyte = 1 << 20

let root: string
let database: DatabaseSync
let counts: CaptureCounts
let captures: CaptureFolder
let faults: unknown[]

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sluice-captures-'))
  database = openCounters(join(root, 'outcomes.sqlite'))
  faults = []
  counts = new CaptureCounts(database, (fault) => faults.push(fault))
  captures = folderOver(counts)
})
afterEach(async () => {
  await captures.stop()
  database.close()
  await rm(root, { recursive: true, force: true })
})

function folderOver(counting: CaptureCounts): CaptureFolder {
  const key = new Uint8Array(32)
  return new CaptureFolder({ folder: root, counts: counting, key, onFault: (fault) => faults.push(fault) })
}

function call(facts: Partial<CapturedCall> = {}): CapturedCall {
  return {
    ...{ model: 'churn', version: '1.0.0', atMs: began, requestId: 'r1', variant: 'stable', latencyMs: 1.5 },
    asked: { records: [{ age: 41 }] },
    answer: new TextEncoder().encode('{"predictions":[0.25]}'),
    plan: { samplePercent: 100, mask: [], hash: [], retentionDays: 30 },
    ...facts,
  }
}

const hour = (version = '1.0.0', atMs = began) => join(root, hourPartition('churn', version, atMs))
const file = (version?: string, atMs?: number) => join(hour(version, atMs), 'calls.jsonl')

async function read(version = '1.0.0'): Promise<CapturedRecord[]> {
  const records: CapturedRecord[] = []
  const range = { model: 'churn', version, fromMs: began - hourMs, untilMs: began + 100 * hourMs }
  for await (const some of captures.read(range)) records.push(...some)
  return records
}

const ids = (records: readonly CapturedRecord[]) => records.map(({ requestId }) => requestId)
const standing = async () => (await captures.standing('churn'))[0]

/** The file of an hour is a pipe that nobody reads: what is written to it waits, as on a disk that does not answer. */
async function stalled(): Promise<() => Promise<void>> {
  await mkdir(hour(), { recursive: true })
  execFileSync('mkfifo', [file()])
  return async () => {
    let isOver = false
    // Open to be written as well, it does not end where one writer has gone and the next has not come.
    const reading = createReadStream(file(), { flags: 'r+' })
    reading.on('data', () => {
      if (isOver) reading.destroy()
    })
    await captures.flush()
    isOver = true
    await appendFile(file(), 'the last read has something to read').catch(unless('EPIPE'))
  }
}

describe('a disk that does not answer', () => {
  test('holds up no caller, takes no more memory than is set, and what finds no room is counted', async () => {
    const release = await stalled()
    const big = 'x'.repeat(megabyte)
    const before = process.memoryUsage().arrayBuffers
    for (let taken = 0; taken < 200; taken++) {
      const asked = { contentType: 'text/plain', body: new TextEncoder().encode(big) }
      captures.take(call({ requestId: `r${taken}`, asked }))
      // What waits goes on its way meanwhile.
      if (taken % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 60))
    }
    const lost = (await standing())?.lost ?? 0
    expect(lost).toBeGreaterThan(180)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200 * megabyte)
    await release()
    const after = await standing()
    expect([(after?.written ?? 0) + (after?.lost ?? 0), after?.lost]).toEqual([200, lost])
    captures.take(call({ version: '1.0.1' }))
    expect(await read('1.0.1')).toHaveLength(1)
  })

  test('bounds what records with long texts take, by the body that they came in', async () => {
    const release = await stalled()
    const records = [{ note: '' }, ...Array.from({ length: 3 }, () => ({ note: 'x'.repeat(megabyte) }))]
    for (let taken = 0; taken < 10; taken++)
      captures.take(call({ asked: { records, bodyBytes: 3 * megabyte }, answer: predictions(4) }))
    // Two of 6 MB each fit into 16 MB.
    expect((await standing())?.lost).toBe(8)
    await release()
  })
})

const predictions = (rows: number) =>
  new TextEncoder().encode(JSON.stringify({ predictions: Array.from({ length: rows }, () => 1) }))

describe('a disk that is full', () => {
  test('loses what it does not take, says so once, and takes the next', async () => {
    await mkdir(hour(), { recursive: true })
    await symlink('/dev/full', file())
    for (const requestId of ['r1', 'r2']) {
      captures.take(call({ requestId }))
      await captures.flush()
    }
    expect(await standing()).toMatchObject({ written: 0, lost: 2 })
    expect(faults).toEqual([expect.objectContaining({ code: 'ENOSPC' })])
    await unlink(file())
    captures.take(call({ requestId: 'r3' }))
    expect(ids(await read())).toEqual(['r3'])
    expect(await standing()).toMatchObject({ written: 1, lost: 2 })
  })
})

describe('recorded calls', () => {
  test('are read while more keep coming', async () => {
    let isOver = false
    const coming = (async () => {
      for (let i = 0; !isOver; i++) {
        captures.take(call({ requestId: `r${i}` }))
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    const found = await Promise.race([
      read(),
      new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 5000)),
    ])
    isOver = true
    await coming
    expect(found).toBeDefined()
  })

  test('of two versions in one hour lie apart', async () => {
    captures.take(call({ requestId: 'r1' }))
    captures.take(call({ requestId: 'r2', version: '1.0.1' }))
    captures.take(call({ requestId: 'r3' }))
    await captures.flush()
    expect(ids(await read())).toEqual(['r1', 'r3'])
    expect(ids(await read('1.0.1'))).toEqual(['r2'])
    const lines = (await readFile(file('1.0.1'), 'utf8')).trimEnd().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as CapturedRecord).version)).toEqual(['1.0.1'])
  })

  test('that follow half a line, which a process that was killed has left, are not swallowed by it', async () => {
    const killed = folderOver(counts)
    killed.take(call({ requestId: 'r1' }))
    await killed.flush()
    const [whole = ''] = (await readFile(file(), 'utf8')).split('\n')
    await appendFile(file(), whole.slice(0, 40))
    captures.take(call({ requestId: 'r2' }))
    captures.take(call({ requestId: 'r3' }))
    expect(ids(await read())).toEqual(['r1', 'r2', 'r3'])
    captures.take(call({ requestId: 'r4' }))
    expect(ids(await read())).toEqual(['r1', 'r2', 'r3', 'r4'])
    await killed.stop()
  })

  test('are not lost with one that no line can be made of', async () => {
    const answer = new TextEncoder().encode('{"predictions":[0.1,}')
    const records = [{ age: 1 }, { age: 2 }]
    captures.take(call({ requestId: 'r1' }))
    captures.take(call({ requestId: 'bad', asked: { records }, answer }))
    captures.take(call({ requestId: 'r2' }))
    expect(ids(await read())).toEqual(['r1', 'r2'])
    expect(await standing()).toMatchObject({ written: 2, lost: 1 })
  })

  test('that are too old go with their folders, and the others stay', async () => {
    for (const hours of [0, 1, 24])
      captures.take(call({ requestId: `r${hours}`, atMs: began + hours * hourMs }))
    await captures.flush()
    const beforeMs = began + 24 * hourMs
    await Promise.all([1, 2].map(() => captures.forget({ model: 'churn', version: '1.0.0', beforeMs })))
    expect(ids(await read())).toEqual(['r24'])
    expect(await readdir(join(root, 'model=churn', 'version=1.0.0'))).toEqual(['date=2026-03-02'])
  })

  test('that come once the platform has stopped are lost, and no fault', async () => {
    await captures.stop()
    captures.take(call())
    expect((await standing())?.lost).toBe(1)
    expect(faults).toEqual([])
  })
})

describe('a process that died while it recorded', () => {
  test('is told of by the next, once; one that ended well is not', async () => {
    captures.take(call())
    await captures.flush()
    // Nobody stops it.
    const second = new CaptureCounts(database, (fault) => faults.push(fault))
    expect(second.standing('churn')).toEqual([
      expect.objectContaining({ version: '1.0.0', interruptions: 1 }),
    ])
    second.stop()
    const third = new CaptureCounts(database, (fault) => faults.push(fault))
    expect(third.standing('churn')[0]?.interruptions).toBe(1)
    third.stop()
  })

  test('keeps what it had counted, to within a second', async () => {
    captures.take(call())
    await captures.flush()
    await until('it is written down', () => {
      const row = database.prepare('select written from captured_calls').get()
      return row?.['written'] === 1
    })
  })
})
