import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { chained, findBreak, type Happening, type HistoryEntry } from '../../lib/rules/audit.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'

/** Canonical JSON of values that hold no numbers but whole ones: keys in order, and that is all there is to it. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return `{${members
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)
    .join(',')}}`
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** What a forger who can compute hashes would write: every link joined to the one before it. */
function forged(entries: readonly HistoryEntry[]): HistoryEntry[] {
  let before = ''
  return entries.map(({ hash: _, ...entry }, i) => {
    const link = { ...entry, rev: i + 1, before }
    before = sha256(canonical(link))
    return { ...link, hash: before }
  })
}

const happening = (i: number): Happening => ({
  kind: i % 3 === 0 ? 'released' : i % 3 === 1 ? 'promoted' : 'rolled-back',
  version: `1.${i}.0`,
  actor: 'ada',
  reason: `because of ${i}`,
  operation: `op-${i}`,
  ...(i % 3 === 0 && {
    artifact: `sha256:${i}`,
    released: { manifest: { model: 'churn' }, files: [{ size: i }] },
  }),
  ...(i % 3 === 1 && { alias: 'live', from: `1.${i - 1}.0`, weightPercent: 0 }),
})

function chainOf(length: number): { entries: HistoryEntry[]; anchor: ModelRecord } {
  let anchor: ModelRecord = { model: 'churn', rev: 0, head: '', aliases: {}, accepted: [] }
  const entries = Array.from({ length }, (_, i) => {
    const after = { aliases: { live: { stable: `1.${i}.0`, by: `op-${i}` } }, accepted: [`1.${i}.0`] }
    const entry = chained(anchor, after, happening(i), `2026-01-01T00:00:${String(i).padStart(2, '0')}.000Z`)
    anchor = { ...anchor, ...after, rev: entry.rev, head: entry.hash }
    return entry
  })
  return { entries, anchor }
}

const { entries: good, anchor } = chainOf(30)
const stored = JSON.stringify(good)
const untouched = canonical(good)
const read = () => JSON.parse(stored) as HistoryEntry[]

describe('an entry', () => {
  test('tells what happened, what was so afterwards, and the hash of the entry before', () => {
    const [first, second] = good
    expect(first).toMatchObject({
      ...happening(0),
      model: 'churn',
      rev: 1,
      before: '',
      at: '2026-01-01T00:00:00.000Z',
    })
    expect(second).toMatchObject({ rev: 2, before: first?.hash })
    expect(second?.after).toEqual({ aliases: { live: { stable: '1.1.0', by: 'op-1' } }, accepted: ['1.1.0'] })
  })

  test('keeps nothing of the routing record but its aliases and its accepted versions', () => {
    const { entries } = chainOf(1)
    expect(Object.keys(entries[0]?.after ?? {}).sort()).toEqual(['accepted', 'aliases'])
    const whole = chained(anchor, anchor, happening(0), '2026-01-01T00:00:00.000Z')
    expect(Object.keys(whole.after).sort()).toEqual(['accepted', 'aliases'])
  })

  test('has as its hash the SHA-256 of its canonical JSON without it', () => {
    for (const { hash, ...entry } of read()) expect(hash).toBe(sha256(canonical(entry)))
  })
})

describe('a chain that nobody touched', () => {
  test('holds, as it was made and as it is read again', () => {
    expect(findBreak(good, anchor)).toBeUndefined()
    expect(findBreak(read(), anchor)).toBeUndefined()
  })

  test('holds when it is empty, or written with its keys in another order', () => {
    expect(findBreak([], { rev: 0, head: '' })).toBeUndefined()
    const turned = read().map(
      (entry) => Object.fromEntries(Object.entries(entry).reverse()) as unknown as HistoryEntry,
    )
    expect(findBreak(turned, anchor)).toBeUndefined()
  })
})

/** Every place in an entry, as a path. */
function placesIn(value: unknown, at: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [at]
  return [
    ...(at.length > 0 ? [at] : []),
    ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...at, key])),
  ]
}

type Bag = Record<string, unknown>
const bagAt = (entry: unknown, path: readonly string[]) =>
  path.reduce((at, key) => at[key] as Bag, entry as Bag)

const index = fc.nat(good.length - 1)
const tampering = fc.oneof(
  fc.record({
    kind: fc.constantFrom('edit' as const, 'remove' as const, 'add' as const),
    at: index,
    place: fc.nat(),
    with: fc.jsonValue(),
  }),
  fc.record({ kind: fc.constantFrom('drop' as const, 'double' as const, 'rewrite' as const), at: index }),
  fc.record({ kind: fc.constantFrom('swap' as const, 'move' as const), at: index, to: index }),
  fc.record({ kind: fc.constant('truncate' as const), length: index }),
  fc.record({
    kind: fc.constantFrom('append' as const, 'append-forged' as const),
    version: fc.constantFrom('6.6.6', '1.0.0'),
  }),
)
type Tampering = typeof tampering extends fc.Arbitrary<infer T> ? T : never

function edited(entry: HistoryEntry, by: Tampering & { kind: 'edit' | 'remove' | 'add' }): void {
  const places = placesIn(entry)
  const place = places[by.place % places.length] ?? ['kind']
  const bag = bagAt(entry, place.slice(0, -1))
  const key = place.at(-1) ?? ''
  if (by.kind === 'edit') bag[key] = by.with
  else if (by.kind === 'add') bag[`${key}x`] = by.with
  else if (Array.isArray(bag)) bag.splice(Number(key), 1)
  else delete bag[key]
}

function tampered(by: Tampering): HistoryEntry[] {
  const entries = read()
  const one = (at: number) => entries.slice(at, at + 1)
  switch (by.kind) {
    case 'edit':
    case 'remove':
    case 'add':
      for (const entry of one(by.at)) edited(entry, by)
      return entries
    case 'drop':
      return entries.toSpliced(by.at, 1)
    case 'double':
      return entries.toSpliced(by.at, 0, ...one(by.at))
    case 'rewrite':
      return forged(entries.map((entry, i) => (i === by.at ? { ...entry, reason: 'nobody did it' } : entry)))
    case 'swap':
      return entries.toSpliced(by.at, 1, ...one(by.to)).toSpliced(by.to, 1, ...one(by.at))
    case 'move':
      return entries.toSpliced(by.at, 1).toSpliced(by.to, 0, ...one(by.at))
    case 'truncate':
      return entries.slice(0, by.length)
    case 'append':
      return [...entries, ...one(29).map((last) => ({ ...last, version: by.version, rev: 31 }))]
    case 'append-forged':
      return forged([...entries, ...one(29).map((last) => ({ ...last, version: by.version }))])
  }
}

describe('a chain that somebody touched', () => {
  test('is found out by the anchor, whatever was done: 400 ways', () => {
    const kinds = new Set<string>()
    fc.assert(
      fc.property(tampering, (by) => {
        const entries = tampered(by)
        fc.pre(canonical(entries) !== untouched)
        kinds.add(by.kind)
        expect(findBreak(entries, anchor)).toMatchObject({
          rev: expect.any(Number),
          fault: expect.stringMatching(/./),
        })
      }),
      { seed: 1, numRuns: 400 },
    )
    expect(kinds.size).toBe(11)
  })

  test('is found out at every single place of an entry', () => {
    const places = placesIn(good[0])
    expect(places.length).toBeGreaterThan(15)
    for (const place of places) {
      const entries = read()
      bagAt(entries[0], place.slice(0, -1))[place.at(-1) ?? ''] = 'forged'
      expect([place, findBreak(entries, anchor)?.rev]).toEqual([place, 1])
    }
  })

  test('tells where', () => {
    const edited = read()
    edited[11] = { ...(edited[11] as HistoryEntry), actor: 'eve' }
    expect(findBreak(edited, anchor)).toEqual({ rev: 12, fault: expect.stringContaining('edited') })
    expect(findBreak(read().toSpliced(11, 1), anchor)).toEqual({
      rev: 12,
      fault: expect.stringContaining('missing'),
    })
    expect(findBreak(read().slice(0, 11), anchor)).toEqual({
      rev: 11,
      fault: expect.stringContaining('30 entries'),
    })
    const joined = read()
    joined[11] = { ...(joined[11] as HistoryEntry), before: 'f'.repeat(64) }
    expect(findBreak(joined, anchor)).toEqual({ rev: 12, fault: expect.stringContaining('follow') })
  })

  test('cannot be found out without the anchor when all of it is rewritten: that is what the anchor is for', () => {
    const rewritten = forged(read().map((entry) => ({ ...entry, actor: 'eve' })))
    const [last] = rewritten.slice(-1)
    expect(findBreak(rewritten, { rev: 30, head: last?.hash ?? '' })).toBeUndefined()
    expect(findBreak(rewritten, anchor)).toMatchObject({ rev: 30 })
  })

  test('is found out where all of it is gone', () => {
    expect(findBreak([], anchor)).toMatchObject({ rev: 0 })
    expect(findBreak(read(), { rev: 29, head: anchor.head })).toBeDefined()
    expect(findBreak(read(), { rev: 30, head: '' })).toBeDefined()
  })
})
