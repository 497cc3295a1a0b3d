import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { HistoryEntry } from '../../lib/rules/audit.ts'
import { problemIn } from '../harness/problem-document.ts'
import { Rig } from './rig.ts'

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await rig.release('1.0.0', 'source: {git: 3f2c}')
  rig.now += 60_000
  await rig.promote('1.0.0')
  rig.now += 60_000
  await rig.release('1.1.0')
  await rig.promote('1.1.0', 'staging')
})
afterEach(() => rig.close())

interface Answer {
  readonly entries: HistoryEntry[]
  readonly next?: number
}
const path = '/models/churn/history'
const read = async (query: string) => (await (await rig.get(`${path}${query}`)).json()) as Answer
const revs = async (query: string) => (await read(query)).entries.map(({ rev }) => rev)

describe('filters', () => {
  test.each<[string, number[]]>([
    ['', [1, 2, 3, 4]],
    ['?alias=live', [2]],
    ['?version=1.1.0', [3, 4]],
    ['?kind=released', [1, 3]],
    ['?kind=released,promoted&version=1.0.0', [1, 2]],
    ['?since=2026-03-01T10:01:00Z', [2, 3, 4]],
    ['?until=2026-03-01T10:01:00Z', [1]],
    ['?since=2026-03-01&until=2026-03-02', [1, 2, 3, 4]],
    ['?since=2026-03-01T12:01:30+02:00', [3, 4]],
    ['?after=3', [4]],
    ['?kind=retired', []],
    ['?alias=nobody', []],
  ])('%s gives %j', async (query, expected) => {
    expect(await revs(query)).toEqual(expected)
  })

  test.each<[string, RegExp]>([
    ['?since=soon', /'since' is 'soon'/],
    ['?until=2026-02-30', /'until' is/],
    ['?since=2026-03-02&until=2026-03-01', /'until' is not after 'since'/],
    ['?kind=promote', /did you mean 'promoted'\?/],
    ['?limit=0', /from 1 to 10000/],
    ['?limit=ten', /'limit' is 'ten'/],
    ['?after=-1', /'after' is/],
    ['?form=csv', /the unknown key 'form'/],
    ['?alias=live&alias=staging', /twice/],
    ['?alias=', /'alias' is empty/],
    ['?at=2026-03-01&kind=promoted', /beside a moment only 'alias'/],
  ])('%s is refused', async (query, detail) => {
    expect((await problemIn(await rig.get(`${path}${query}`), 'request-malformed')).detail).toMatch(detail)
  })

  test('are names and versions as everywhere', async () => {
    await problemIn(await rig.get(`${path}?alias=No!`), 'alias-malformed')
    await problemIn(await rig.get(`${path}?version=1.x`), 'version-malformed')
    await problemIn(await rig.get(`${path}?at=2026-03-02&alias=nobody`), 'alias-unknown')
  })
})

describe('pages', () => {
  test('go on where the one before ended, filtered alike', async () => {
    expect(await read('?limit=2&kind=released,promoted')).toMatchObject({ next: 2 })
    const response = await rig.get(`${path}?limit=2&kind=released,promoted`)
    const next = /^<\/models\/churn\/history(\?[^>]+)>; rel="next"$/.exec(
      response.headers.get('link') ?? '',
    )?.[1]
    expect(await read(next ?? '')).toMatchObject({ entries: [{ rev: 3 }, { rev: 4 }] })
    expect((await read(next ?? '')).next).toBeUndefined()
  })

  test('of a model with ten thousand entries are ten, each in good time', async () => {
    for (let i = 4; i < 10_000; i += 1) await rig.promote(i % 2 === 0 ? '1.0.0' : '1.1.0')
    const begun = performance.now()
    let query = ''
    let count = 0
    let pages = 0
    for (let next: number | undefined = 0; next !== undefined; pages += 1) {
      const page = await read(query)
      count += page.entries.length
      next = page.next
      query = `?after=${next}`
    }
    expect([count, pages]).toEqual([10_000, 10])
    expect(performance.now() - begun).toBeLessThan(10_000)
    expect((await (await rig.get(`${path}?at=2026-03-02`)).json()) as object).toMatchObject({ rev: 10_000 })
  }, 60_000)
})

describe('types', () => {
  const asking = (accept: string, query = '') =>
    rig.call('GET', `${path}${query}`, undefined, undefined, { accept })

  test.each([
    ['application/json', 'application/json'],
    ['*/*', 'application/json'],
    ['application/*', 'application/json'],
    ['application/jsonlines', 'application/jsonlines; charset=utf-8'],
    ['application/x-ndjson', 'application/jsonlines; charset=utf-8'],
    ['text/csv', 'text/csv; charset=utf-8'],
    ['text/csv;q=0.5, application/jsonlines', 'application/jsonlines; charset=utf-8'],
  ])('%s is answered as %s', async (accept, type) => {
    const response = await asking(accept)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, type])
  })

  test('pages can be put behind one another: only the first has a header', async () => {
    const first = await (await asking('text/csv', '?limit=3')).text()
    const second = await (await asking('text/csv', '?after=3')).text()
    expect(`${first}${second}`).toBe(await (await asking('text/csv')).text())
    expect(first.split('\n')[0]).toMatch(/^rev,at,kind,alias,version/)
  })

  test('others are refused, and lines of what was served at a moment', async () => {
    await problemIn(await asking('text/html'), 'not-acceptable')
    await problemIn(await asking('text/csv', '?at=2026-03-02'), 'not-acceptable')
  })
})
