import { expect, test } from '@jest/globals'
import { entrySentence, historyQuery, servedViews } from '../../console/view/history-view.ts'
import { entryKinds, type HistoryEntry } from '../../lib/rules/audit.ts'
import type { ServedThen } from '../../lib/rules/history-served.ts'

test('the newest entries are asked for, page by page, and those that are sought', () => {
  expect(historyQuery(40, 1, [], '')).toBe('limit=10000')
  expect(historyQuery(450, 1, [], '')).toBe('limit=10000&after=350')
  expect(historyQuery(450, 5, ['promoted', 'retired'], '1.0.0')).toBe(
    'limit=10000&kind=promoted%2Cretired&version=1.0.0',
  )
})

test('every kind of entry is a sentence that names its version or what was mended', () => {
  const entry = { version: '1.1.0', alias: 'live', from: '1.0.0', weightPercent: 20 } as HistoryEntry
  for (const kind of entryKinds) expect(entrySentence({ ...entry, kind })).toMatch(/1\.1\.0/)
  expect(entrySentence({ ...entry, kind: 'promoted' })).toBe('live moved to 1.1.0 from 1.0.0')
  expect(entrySentence({ ...entry, kind: 'weight-moved' })).toBe('1.1.0 got 20 % of live')
})

test('what served then is a line a version, with its share and where it came from', () => {
  const since = (actor: string) => ({ at: '2026-03-01T10:00:00.000Z', actor, reason: 'why' }) as never
  const then = {
    served: [
      {
        alias: 'live',
        stable: { version: '1.0.0', since: since('ada'), source: { git: '3f2c' }, artifact: 'sha256:ab' },
        canary: { version: '1.1.0', since: since('bo'), weightPercent: 20 },
        until: { at: '2026-03-02T10:00:00.000Z' },
      },
    ],
  } as unknown as ServedThen
  expect(servedViews(then)).toEqual([
    {
      ...{ alias: 'live', version: '1.0.0', share: '80 %', since: '2026-03-01T10:00:00.000Z', by: 'ada' },
      ...{ why: 'why', until: '2026-03-02T10:00:00.000Z', git: '3f2c', artifact: 'sha256:ab' },
    },
    {
      ...{ alias: 'live', version: '1.1.0', share: '20 %, canary', since: '2026-03-01T10:00:00.000Z' },
      ...{ by: 'bo', why: 'why', until: '2026-03-02T10:00:00.000Z' },
    },
  ])
})
