import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { verifyModel } from '../../lambdas/control/verification.ts'
import type { ArtifactStore, Registry } from '../../lambdas/ports.ts'
import { chained, entryKinds, type Happening, type HistoryEntry } from '../../lib/rules/audit.ts'
import { canonicalJson, sha256Hex } from '../../lib/rules/digest.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'
import { forged } from '../harness/chains.ts'

/** All that is kept of a model, as somebody with every right finds it: texts, so that nothing of it is shared. */
interface Kept {
  anchor: ModelRecord
  registry: HistoryEntry[]
  /** By rev; a record may be any JSON. */
  store: Map<number, unknown>
}

/** What belongs to the kinds that move no traffic, and to those that do. */
const facts: Partial<Record<Happening['kind'], Partial<Happening>>> = {
  released: {
    artifact: 'sha256:aa',
    image: 'sha256:bb',
    released: { manifest: { source: { git: '3f2c' } } },
  },
  'canary-started': { alias: 'live', weightPercent: 10, gates: [{ gate: 'golden', found: '2 of 2' }] },
  'weight-moved': { alias: 'live', weightPercent: 50 },
  promoted: {
    alias: 'live',
    from: '1.0.0',
    gates: [{ gate: 'metrics', found: 'auc 0.91, and 0.90 before' }],
  },
  'rolled-back': { alias: 'live', from: '2.0.0' },
  approved: { alias: 'live' },
  rejected: { alias: 'live' },
  paused: { alias: 'live' },
  resumed: { alias: 'live' },
  deprecated: { deprecation: { at: '2026-03-01T10:00:00Z', sunset: '2026-09-01T00:00:00Z', reason: 'old' } },
  repaired: { repair: 'a weight that was left between was taken back' },
}

function chainOf(kinds: readonly Happening['kind'][]): Kept {
  let anchor: ModelRecord = { model: 'churn', rev: 0, head: '', aliases: {}, accepted: [] }
  const registry = kinds.map((kind, i) => {
    const version = `1.${i}.0`
    const moves = kind === 'promoted' || kind === 'rolled-back'
    const after = moves
      ? { aliases: { live: { stable: version, by: `op-${i}` } }, accepted: [...anchor.accepted, version] }
      : { aliases: anchor.aliases, accepted: anchor.accepted }
    const told = { kind, version, actor: 'ada', reason: `ünï ${i}`, operation: `op-${i}`, ...facts[kind] }
    const entry = chained(anchor, after, told, new Date(1_770_000_000_000 + i * 1000).toISOString())
    anchor = { ...anchor, ...after, rev: entry.rev, head: entry.hash }
    return entry
  })
  return { anchor, registry, store: new Map(registry.map((entry) => [entry.rev, entry])) }
}

const copyOf = (kept: Kept) => structuredClone(kept)

async function holds({ anchor, registry, store }: Kept): Promise<boolean> {
  const ports = {
    registry: {
      model: async () => anchor,
      unfinished: async () => [],
      history: async () => registry,
    } as unknown as Registry,
    store: {
      recordedRev: async () => Math.max(0, ...store.keys()),
      record: async (_: string, rev: number) => store.get(rev),
    } as unknown as ArtifactStore,
  }
  return (await verifyModel(ports, 'churn')).holds
}

type Bag = Record<string, unknown>

/** Every place in a value, as a path. */
function placesIn(value: unknown, at: readonly string[] = []): (readonly string[])[] {
  const inner =
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, one]) => placesIn(one, [...at, key]))
      : []
  return at.length === 0 ? inner : [at, ...inner]
}

/** Edit a value in place: one of its members becomes another, goes, or gets a neighbour. */
function edit(value: unknown, by: Draw): void {
  const places = placesIn(value)
  const path = places[by.place % places.length] ?? []
  const bag = path.slice(0, -1).reduce((at, key) => at[key] as Bag, value as Bag)
  const key = path.at(-1) ?? ''
  if (by.way === 'replace') bag[key] = by.with
  else if (by.way === 'add') bag[`${key}x`] = by.with
  else if (Array.isArray(bag)) bag.splice(Number(key), 1)
  else delete bag[key]
}

const draw = fc.record({
  at: fc.nat(),
  to: fc.nat(),
  place: fc.nat(),
  way: fc.constantFrom('replace' as const, 'add' as const, 'remove' as const),
  with: fc.jsonValue({ maxDepth: 1 }),
})
type Draw = typeof draw extends fc.Arbitrary<infer T> ? T : never

/** The link at a place, written anew with a hash that fits. */
function relinked(entry: HistoryEntry): HistoryEntry {
  const { hash: _, ...link } = entry
  return { ...link, hash: sha256Hex(canonicalJson(link)) }
}

/** Entries of any form, joined anew, and a head and aliases that fit them. */
function rewrite(kept: Kept, entries: readonly HistoryEntry[]): void {
  kept.registry = forged(entries)
  const last = kept.registry.at(-1)
  kept.anchor = {
    ...kept.anchor,
    rev: kept.registry.length,
    head: last?.hash ?? '',
    ...(last?.after ?? { aliases: {}, accepted: [] }),
  }
}

type Tamper = (kept: Kept, by: Draw) => void
const at = <T>(list: readonly T[], i: number) => list[i % list.length] as T

/** What may be done to either place, or to both; each by somebody who can compute hashes. */
const tampers: Readonly<Record<string, Tamper>> = {
  'edit an entry of the registry': (kept, by) => edit(at(kept.registry, by.at), by),
  'edit the routing record': ({ anchor }, by) => edit(anchor, by),
  'edit a record of the store': ({ store }, by) => edit(at([...store.values()], by.at), by),
  'drop an entry of the registry': (kept, by) => kept.registry.splice(by.at % kept.registry.length, 1),
  'drop a record of the store': ({ store }, by) => store.delete((by.at % store.size) + 1),
  'swap entries of the registry': ({ registry }, by) => {
    const [a, b] = [by.at % registry.length, by.to % registry.length]
    ;[registry[a], registry[b]] = [registry[b] as HistoryEntry, registry[a] as HistoryEntry]
  },
  'swap records of the store': ({ store }, by) => {
    const [a, b] = [(by.at % store.size) + 1, (by.to % store.size) + 1]
    const held = store.get(a)
    store.set(a, store.get(b)).set(b, held)
  },
  'append an entry to the registry': (kept, by) => {
    rewrite(kept, [...kept.registry, { ...at(kept.registry, by.at), actor: 'eve' }])
  },
  'append an entry without its head': (kept, by) => {
    kept.registry = forged([...kept.registry, { ...at(kept.registry, by.at), actor: 'eve' }])
  },
  'append a record to the store': ({ store }, by) => {
    const last = store.get(store.size) as HistoryEntry
    const next = { ...(at([...store.values()], by.at) as HistoryEntry), rev: last.rev + 1, before: last.hash }
    store.set(last.rev + 1, relinked(next))
  },
  'truncate the registry': (kept, by) => {
    kept.registry.length = by.at % kept.registry.length
  },
  'truncate the registry with its head': (kept, by) =>
    rewrite(kept, kept.registry.slice(0, by.at % kept.registry.length)),
  'truncate the store': ({ store }, by) => {
    const length = by.at % store.size
    for (const rev of [...store.keys()]) if (rev > length) store.delete(rev)
  },
  'rewrite the registry with its head': (kept, by) => {
    edit(at(kept.registry, by.at), by)
    rewrite(
      kept,
      kept.registry.map((one) => ({ ...one })),
    )
  },
  'rewrite a record with a hash that fits': ({ store }, by) => {
    const rev = (by.at % store.size) + 1
    const record = store.get(rev) as HistoryEntry
    edit(record, by)
    store.set(rev, relinked(record))
  },
  'rewrite every record of the store': ({ store }, by) => {
    const records = [...store.values()] as HistoryEntry[]
    edit(at(records, by.at), by)
    for (const [i, record] of forged(records).entries()) store.set(i + 1, record)
  },
  'move an alias past the history': (kept, by) => {
    kept.anchor = { ...kept.anchor, aliases: { live: { stable: `6.6.${by.at % 9}`, by: 'eve' } } }
  },
}

test('4,000 tampers of histories with entries of every kind are found, all of them', async () => {
  const done = new Map<string, number>()
  const kindsSeen = new Set<string>()
  const histories = fc.array(fc.constantFrom(...entryKinds), { minLength: 2, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(histories, fc.constantFrom(...Object.keys(tampers)), draw, async (kinds, name, by) => {
      const good = chainOf(kinds)
      const kept = copyOf(good)
      tampers[name]?.(kept, by)
      const changed = textOf(kept) !== textOf(good)
      fc.pre(changed)
      for (const kind of kinds) kindsSeen.add(kind)
      done.set(name, (done.get(name) ?? 0) + 1)
      expect(await holds(kept)).toBe(false)
    }),
    { seed: 6, numRuns: 4000 },
  )
  expect([...kindsSeen].toSorted()).toEqual([...entryKinds].toSorted())
  expect([...done.keys()].toSorted()).toEqual(Object.keys(tampers).toSorted())
  expect(Math.min(...done.values())).toBeGreaterThan(100)
}, 240_000)

/** What a platform acts on. The name in a routing record is that of its place, and other members mean nothing. */
function textOf({ anchor: { rev, head, aliases, accepted }, registry, store }: Kept): string {
  return canonicalJson({ rev, head, aliases, accepted, registry, store: [...store].toSorted() })
}

test('histories that nobody touched hold', async () => {
  const histories = fc.array(fc.constantFrom(...entryKinds), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(histories, async (kinds) => expect(await holds(chainOf(kinds))).toBe(true)),
    { numRuns: 300 },
  )
})

test('what cannot be found: both places rewritten together, which Object Lock forbids in one of them', async () => {
  const kept = chainOf(['released', 'promoted', 'paused'])
  rewrite(
    kept,
    kept.registry.map((entry) => ({ ...entry, actor: 'eve' })),
  )
  for (const entry of kept.registry) kept.store.set(entry.rev, entry)
  expect(await holds(kept)).toBe(true)
})
