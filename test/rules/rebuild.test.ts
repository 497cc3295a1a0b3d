import { describe, expect, test } from '@jest/globals'
import { findBreak, type HistoryEntry } from '../../lib/rules/audit.ts'
import { rebuildModel } from '../../lib/rules/rebuild.ts'
import type { FoundRecord } from '../../lib/rules/verification.ts'
import { forged, movesOf, releasedRecord } from '../harness/chains.ts'
import { moveOf } from '../harness/records.ts'

const moves = movesOf('churn', 8)
const last = moves[7]?.next
/** As records are read: through JSON. */
const found = (entries: readonly unknown[]): FoundRecord[] =>
  entries.map((entry) => ({ json: JSON.parse(JSON.stringify(entry)) }))
const entries = moves.map(({ entry }) => entry)

test('a model is what its last record says, and its versions what their releases said', () => {
  const { record, versions, entries: read, break: broken } = rebuildModel('churn', found(entries))
  expect(broken).toBeUndefined()
  expect(record).toEqual(last)
  expect(record.aliases['live']).toMatchObject({ stable: '1.1.0' })
  expect(JSON.stringify(read)).toBe(JSON.stringify(entries))
  expect(versions).toEqual([releasedRecord('churn', '1.0.0'), releasedRecord('churn', '1.1.0')])
  expect(findBreak(read, record)).toBeUndefined()
})

test('a version that was retired is RETIRED, since that moment', () => {
  const { entry } = moveOf(
    last,
    'churn',
    {},
    { kind: 'retired', version: '1.0.0' },
    '2026-04-01T10:00:00.000Z',
  )
  const { versions } = rebuildModel('churn', found([...entries, entry]))
  expect(versions.map(({ version, state, retiredAt }) => [version, state, retiredAt])).toEqual([
    ['1.0.0', 'RETIRED', '2026-04-01T10:00:00.000Z'],
    ['1.1.0', 'READY', undefined],
  ])
})

test('no record makes a model that nothing was released of', () => {
  expect(rebuildModel('churn', [])).toEqual({
    record: { model: 'churn', rev: 0, head: '', aliases: {}, accepted: [] },
    entries: [],
    versions: [],
  })
})

test('a graph is released without an image, and nothing else is', () => {
  const { image: _, ...bare } = releasedRecord('churn', '1.1.0')
  const graph = { definition: { nodes: [] }, pins: {}, depth: 1, asks: 1 }
  const told = (released: object) =>
    found(
      forged(entries.map((entry) => (entry.rev === 3 ? ({ ...entry, released } as HistoryEntry) : entry))),
    )
  const { versions, break: broken } = rebuildModel('churn', told({ ...bare, graph }))
  expect(broken).toBeUndefined()
  expect(versions.at(-1)).toEqual({ ...bare, graph })
  expect(rebuildModel('churn', told(bare)).break).toMatchObject({ rev: 3 })
})

describe('a break ends what is believed, at its revision:', () => {
  /** The records with that one replaced, the chain joined anew from there on as a forger would. */
  const rewritten = (rev: number, facts: object) =>
    found(forged(entries.map((entry) => (entry.rev === rev ? { ...entry, ...facts } : entry))))
  const replaced = (rev: number, one: FoundRecord) => found(entries).with(rev - 1, one)
  const at = (rev: number) => entries[rev - 1] as HistoryEntry
  const released = (facts: object) => ({ released: { ...releasedRecord('churn', '1.1.0'), ...facts } })
  const otherFile = { path: '../../x', size: 1, sha256: 'ab'.repeat(32), ref: 'x' }

  test.each<[string, FoundRecord[], number, RegExp]>([
    ['a record is missing', replaced(5, 'missing'), 5, /has no record, and later ones have/],
    ['a record is no JSON', replaced(5, 'unreadable'), 5, /is no JSON/],
    ['a record is no entry', replaced(5, { json: [] }), 5, /no entry of a history/],
    ['a record is null', replaced(5, { json: null }), 5, /no entry of a history/],
    ['a record was edited', replaced(5, { json: { ...at(5), actor: 'eve' } }), 5, /was edited/],
    ['a record stands at another place', replaced(5, { json: at(6) }), 5, /is missing: the next entry is 6/],
    ['a record follows another', replaced(5, { json: { ...at(5), before: '' } }), 5, /does not follow/],
    ['the first record is gone', replaced(1, 'missing'), 1, /has no record/],
    [
      'a model has the records of another',
      found(movesOf('fraud', 3).map((one) => one.entry)),
      1,
      /another model, 'fraud'/,
    ],
    ['a release lacks its version', rewritten(3, { released: undefined }), 3, /without its whole record/],
    [
      'a release tells of another version',
      rewritten(3, released({ version: '9.9.9' })),
      3,
      /without its whole record/,
    ],
    [
      'an image has no digest',
      rewritten(3, released({ image: { digest: 'sha256:../..', uri: '/' } })),
      3,
      /without its whole/,
    ],
    [
      'a file lies elsewhere',
      rewritten(
        3,
        released({ artifact: { ...releasedRecord('churn', '1.1.0').artifact, files: [otherFile] } }),
      ),
      3,
      /without its whole record/,
    ],
    [
      'a version was never released',
      rewritten(2, { version: '6.6.6' }),
      2,
      /tells of 6\.6\.6, which no entry before it released/,
    ],
    ['what was so afterwards is gone', rewritten(4, { after: {} }), 4, /no entry of a history/],
  ])('%s', (_, records, rev, fault) => {
    const rebuilt = rebuildModel('churn', records)
    expect(rebuilt.break).toEqual({ rev, fault: expect.stringMatching(fault) })
    expect(rebuilt.entries).toHaveLength(rev - 1)
    expect(rebuilt.record.rev).toBe(rev - 1)
    expect(findBreak(rebuilt.entries, rebuilt.record)).toBeUndefined()
  })
})
