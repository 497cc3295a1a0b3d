import type { Feature, Features } from './features.ts'
import { plain } from './plain.ts'

/** A row, for how many it stands, and whether two versions differ on it. */
export interface JudgedRow {
  readonly features: Features
  readonly differs: boolean
  readonly weight: number
}

/** The one input that the differences go with, and where. */
export interface Concentration {
  readonly input: string
  /** A range of numbers, both ends within it; an end that is the last of what was seen is left out. */
  readonly from?: number
  readonly to?: number
  /** Or values. */
  readonly values?: readonly (string | boolean)[]
  /** How many rows lie there, and how many of them differ; about, where not every row was kept. */
  readonly rows: number
  readonly differ: number
}

type Region = Pick<Concentration, 'input' | 'from' | 'to' | 'values'>

/** Fewer differences, or fewer rows that agree, show nothing. */
const leastRows = 20
/** So many standard errors must be between the shares of those that differ and those that agree: 1 of 700 by chance. */
const leastDistance = 3
/** At least this share of the differences lies there, and that is at least so many times what lies there of all rows. */
const leastShare = 0.5
const leastTimes = 2
const mostValues = 5

/**
 * The input that differences go with, where they do. For each input, the range of numbers or the few values is found with
 * the largest excess of differences over what the overall rate would have there; the best is found in one half of the
 * rows and held to the other half, which knows nothing of the search, so that noise is told by chance once in 700 times,
 * however many inputs there are. Ends are then drawn by all rows. One input alone is looked at: what takes two of them to
 * be told is not found, and that is said rather than guessed.
 */
export function whereItDiffers(rows: readonly JudgedRow[]): Concentration | undefined {
  const [differing, agreeing] = [rows.filter(({ differs }) => differs), rows.filter((row) => !row.differs)]
  if (differing.length < leastRows || agreeing.length < leastRows) return undefined
  const [searched, held] = [0, 1].map((half) =>
    [differing, agreeing].flatMap((all) => all.filter((_, i) => i % 2 === half)),
  ) as [JudgedRow[], JudgedRow[]]
  const best = namesOf(rows)
    .flatMap((input) => largestExcess(searched, input) ?? [])
    .reduce<Found | undefined>(
      (most, one) => (most === undefined || one.excess > most.excess ? one : most),
      undefined,
    )
  if (best === undefined || !holds(held, best.region)) return undefined
  const region = largestExcess(rows, best.region.input)?.region ?? best.region
  const within = rows.filter((row) => isIn(row, region))
  const counted = (some: readonly JudgedRow[]) => Math.round(weightOf(some))
  return { ...region, rows: counted(within), differ: counted(within.filter(({ differs }) => differs)) }
}

interface Found {
  readonly region: Region
  readonly excess: number
}

function namesOf(rows: readonly JudgedRow[]): string[] {
  return [...new Set(rows.flatMap(({ features }) => Object.keys(features)))]
}

/** What is found in one half of the rows is so in the other. */
function holds(rows: readonly JudgedRow[], region: Region): boolean {
  const inside = (some: readonly JudgedRow[]) => some.filter((row) => isIn(row, region)).length
  const [differing, agreeing] = [rows.filter(({ differs }) => differs), rows.filter((row) => !row.differs)]
  const [d, a] = [inside(differing) / differing.length, inside(agreeing) / agreeing.length]
  const pooled = (inside(differing) + inside(agreeing)) / rows.length
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / differing.length + 1 / agreeing.length))
  const all = weightOf(rows.filter((row) => isIn(row, region))) / weightOf(rows)
  return d >= leastShare && d >= leastTimes * all && d - a >= leastDistance * error
}

function isIn({ features }: JudgedRow, { input, from, to, values }: Region): boolean {
  const value = Object.hasOwn(features, input) ? features[input] : undefined
  if (values !== undefined) return typeof value !== 'number' && value !== undefined && values.includes(value)
  return (
    typeof value === 'number' && (from === undefined || value >= from) && (to === undefined || value <= to)
  )
}

/** Where of one input the most differences are too many. */
function largestExcess(rows: readonly JudgedRow[], input: string): Found | undefined {
  const rate = weightOf(rows.filter(({ differs }) => differs)) / weightOf(rows)
  const excesses = new Map<Feature, number>()
  for (const { features, differs, weight } of rows) {
    if (!Object.hasOwn(features, input)) continue
    const value = features[input] as Feature
    excesses.set(value, (excesses.get(value) ?? 0) + weight * ((differs ? 1 : 0) - rate))
  }
  const numbers = [...excesses].filter((one): one is [number, number] => typeof one[0] === 'number')
  return numbers.length > 0 ? largestRange(input, numbers) : largestValues(input, excesses)
}

/** The range with the largest sum, in one pass over the values in order (J. B. Kadane). */
function largestRange(input: string, excesses: [number, number][]): Found | undefined {
  const sorted = excesses.toSorted(([one], [other]) => one - other)
  let best = { sum: 0, from: 0, to: -1 }
  let sum = 0
  let from = 0
  for (const [i, [, excess]] of sorted.entries()) {
    if (sum <= 0) {
      sum = 0
      from = i
    }
    sum += excess
    if (sum > best.sum) best = { sum, from, to: i }
  }
  const [first, last] = [sorted[best.from]?.[0], sorted[best.to]?.[0]]
  if (first === undefined || last === undefined) return undefined
  const region = {
    input,
    ...(best.from > 0 && { from: first }),
    ...(best.to < sorted.length - 1 && { to: last }),
  }
  return { region, excess: best.sum }
}

function largestValues(input: string, excesses: ReadonlyMap<Feature, number>): Found | undefined {
  const most = [...excesses]
    .filter(([, excess]) => excess > 0)
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, mostValues)
  if (most.length === 0) return undefined
  const values = most.map(([value]) => value as string | boolean)
  return { region: { input, values }, excess: most.reduce((sum, [, excess]) => sum + excess, 0) }
}

function weightOf(rows: readonly JudgedRow[]): number {
  return rows.reduce((sum, { weight }) => sum + weight, 0)
}

/** How many differ of how many, as far as all rows tell. */
export interface Differing {
  readonly differed: number
  readonly compared: number
}

/** What differences go with, in a sentence; or why nothing is said. */
export function concentrationSentence(
  { differed, compared }: Differing,
  found: Concentration | undefined,
): string {
  if (differed === 0) return 'the versions agree on every row that was compared'
  const agreed = compared - differed
  if (differed < leastRows || agreed < leastRows)
    return `${differed} of ${compared} rows differ: too few ${differed < leastRows ? 'differences' : 'rows that agree'} to tell where they lie`
  if (found === undefined) return `the ${differed} differences go with no single input`
  const { input, rows, differ } = found
  const [elsewhere, rest] = [differed - differ, compared - rows]
  return `${differ} of ${differed} differences lie where \`${input}\` is ${placeOf(found)}, which holds for ${rows} of ${compared} rows; elsewhere ${elsewhere} of ${rest} differ`
}

function placeOf({ from, to, values }: Region): string {
  if (values !== undefined) return values.map((value) => `'${value}'`).join(' or ')
  if (from === undefined) return to === undefined ? 'a number' : `at most ${plain(to)}`
  if (to === undefined) return `at least ${plain(from)}`
  return from === to ? `${plain(from)}` : `between ${plain(from)} and ${plain(to)}`
}
