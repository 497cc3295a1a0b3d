import { pointerTo } from '../json-pointer.ts'
import { parseAlias, parseModelName } from '../names.ts'
import { isProblem, oneOf, shown } from '../problem.ts'
import { parseVersionSelector } from '../version-range.ts'
import type { CascadeStep, EnsembleStep, MapStep, ModelStep, Selector, Step } from './graph-definition.ts'
import { type GraphFault, type Path, unknownKeys } from './graph-fault.ts'
import { expressionAt, isObject, numberAt, type Reading } from './reading.ts'

type Written = Readonly<Record<string, unknown>>

/** What makes a step one of its kind, and what else it may have. */
const kinds = {
  model: ['model', 'version', 'alias', 'input', 'retry', 'timeoutMs'],
  value: ['value'],
  ensemble: ['ensemble', 'combine', 'weights', 'timeoutMs'],
  switch: ['switch', 'otherwise', 'timeoutMs'],
  cascade: ['cascade', 'timeoutMs'],
  map: ['map', 'each', 'concurrency', 'batch', 'timeoutMs'],
  fallback: ['fallback', 'timeoutMs'],
} as const satisfies Record<Step['kind'], readonly string[]>

/** The longest anybody is waited for: the graph's own deadline is shorter. */
const longestMs = 900_000
const mostBranches = 20

/** What is around a step that adds keys of its own to it. */
type Around = 'cascade' | undefined

/**
 * Read a step, by the one key that says what it is. @param at its own name
 * @returns undefined where nothing can be made of it
 */
export function readStep(
  written: unknown,
  path: Path,
  at: string,
  reading: Reading,
  around?: Around,
): Step | undefined {
  const { faults } = reading
  const pointer = pointerTo(path)
  const names = Object.keys(kinds) as Step['kind'][]
  if (!isObject(written)) {
    const found = written === undefined || written === null ? 'nothing' : shown(written)
    faults.push({ pointer, found, allowed: `a step: an object with ${oneOf(names)}`, at: 'value' })
    return undefined
  }
  const keys = Object.keys(written)
  const found = names.filter((name) => keys.includes(name))
  const [kind] = found
  if (kind === undefined || found.length > 1) {
    const known = [...new Set(Object.values(kinds).flat())]
    const unknown = unknownKeys(keys, around === 'cascade' ? [...known, 'accept'] : known, path)
    faults.push(
      ...unknown,
      ...(kind === undefined && unknown.length > 0
        ? []
        : [
            {
              pointer,
              found: kind === undefined ? 'no kind of step' : `${found.join(' and ')} at once`,
              allowed: `one of ${oneOf(names)}`,
            },
          ]),
    )
    return undefined
  }
  const known = around === 'cascade' ? [...kinds[kind], 'accept'] : kinds[kind]
  faults.push(...unknownKeys(keys, known, path))
  const timeoutMs = numberAt(written, 'timeoutMs', path, reading, [1, longestMs])
  const placed = { at, pointer, ...(timeoutMs !== undefined && { timeoutMs }) }
  return { ...placed, ...readers[kind](written, path, at, reading) } as Step
}

type Own = Omit<Step, 'at' | 'pointer' | 'timeoutMs'>
type Reader = (written: Written, path: Path, at: string, reading: Reading) => Own

const readers: Readonly<Record<Step['kind'], Reader>> = {
  model: (written, path, _, reading): Omit<ModelStep, 'at' | 'pointer'> => {
    const { retry } = written
    if (retry !== undefined && retry !== 'once')
      reading.faults.push({
        pointer: pointerTo([...path, 'retry']),
        found: shown(retry),
        allowed: "'once', or nothing: then nobody asks again",
        at: 'value',
      })
    const input = expressionAt(written, 'input', path, reading)
    return {
      kind: 'model',
      model: checkedName(written, 'model', parseModelName, path, reading),
      selector: readSelector(written, path, reading),
      ...(input !== undefined && { input }),
      ...(retry === 'once' && { retry: true }),
    }
  },
  value: (written, path, _, reading) => ({
    kind: 'value',
    value: expressionAt(written, 'value', path, reading, 'an expression') ?? 'null',
  }),
  ensemble: readEnsemble,
  switch: (written, path, at, reading) => {
    const cases = listAt(written, 'switch', path, reading, [1, mostBranches]).flatMap((one, i) => {
      const place = [...path, 'switch', i]
      if (!isObject(one)) {
        const fault = { pointer: pointerTo(place), found: shown(one), allowed: 'a case: {when, then}' }
        reading.faults.push({ ...fault, at: 'value' })
        return []
      }
      reading.faults.push(...unknownKeys(Object.keys(one), ['when', 'then'], place))
      const when = expressionAt(one, 'when', place, reading, 'a condition')
      const then = readStep(one['then'], [...place, 'then'], `${at}.${i}`, reading)
      return when === undefined || then === undefined ? [] : [{ when, then }]
    })
    const otherwise = readStep(written['otherwise'], [...path, 'otherwise'], `${at}.otherwise`, reading)
    return { kind: 'switch', cases, otherwise: otherwise ?? nothing(at) }
  },
  cascade: (written, path, at, reading): Omit<CascadeStep, 'at' | 'pointer'> => {
    const list = listAt(written, 'cascade', path, reading, [2, mostBranches])
    const stages = list.flatMap((one, i) => {
      const place = [...path, 'cascade', i]
      const step = readStep(one, place, `${at}.${i}`, reading, 'cascade')
      const isLast = i === list.length - 1
      const what = isLast ? undefined : 'a condition under which its answer is taken'
      const accept = isObject(one) ? expressionAt(one, 'accept', place, reading, what) : undefined
      if (isLast && accept !== undefined)
        reading.faults.push({
          pointer: pointerTo([...place, 'accept']),
          found: 'a condition on the last stage',
          allowed: 'none: its answer is taken as it is',
        })
      return step === undefined ? [] : [{ step, ...(accept !== undefined && { accept }) }]
    })
    return { kind: 'cascade', stages }
  },
  map: (written, path, at, reading): Omit<MapStep, 'at' | 'pointer'> => ({
    kind: 'map',
    over: expressionAt(written, 'map', path, reading, 'an expression that gives a list') ?? 'null',
    each: readStep(written['each'], [...path, 'each'], `${at}.each`, reading) ?? nothing(at),
    concurrency: numberAt(written, 'concurrency', path, reading, [1, 32]) ?? 4,
    batch: numberAt(written, 'batch', path, reading, [1, 10_000]) ?? 1000,
  }),
  fallback: (written, path, at, reading) => ({
    kind: 'fallback',
    choices: branches(written, 'fallback', path, at, reading, 2),
  }),
}

/** What stands where a fault was found: the graph is refused, and nobody sees it. */
function nothing(at: string): Step {
  return { kind: 'value', at, pointer: '', value: 'null' }
}

function readEnsemble(written: Written, path: Path, at: string, reading: Reading): Own {
  const members = branches(written, 'ensemble', path, at, reading, 2)
  const { combine, weights } = written
  const fault = (key: string, found: string, allowed: string) =>
    reading.faults.push({ pointer: pointerTo([...path, key]), found, allowed, at: 'value' } as GraphFault)
  const words = ['mean', 'weighted', 'majority'] as const
  const word = words.find((one) => one === combine)
  const expression =
    word === undefined
      ? expressionAt(written, 'combine', path, reading, `${words.join(', ')} or an expression of answers`)
      : undefined
  const isWeights =
    Array.isArray(weights) && weights.every((one) => typeof one === 'number' && one >= 0 && one < 1e9)
  if (word === 'weighted' && weights === undefined)
    fault('weights', 'nothing', 'a list of weights, one a member')
  else if (word !== 'weighted' && weights !== undefined)
    fault('weights', shown(weights), "nothing, unless combine is 'weighted'")
  else if (weights !== undefined && !isWeights) fault('weights', shown(weights), 'a list of numbers from 0')
  else if (isWeights && weights.length !== members.length)
    fault('weights', `${weights.length} weights`, `${members.length}, one a member`)
  else if (isWeights && weights.every((one) => one === 0))
    fault('weights', 'nothing but zeros', 'one at least above 0')
  const own: Omit<EnsembleStep, 'at' | 'pointer'> = {
    kind: 'ensemble',
    members,
    combine: word ?? { expression: expression ?? 'answers' },
    ...(isWeights && { weights: weights as number[] }),
  }
  return own
}

function branches(
  written: Written,
  key: string,
  path: Path,
  at: string,
  reading: Reading,
  least: number,
): Step[] {
  return listAt(written, key, path, reading, [least, mostBranches]).flatMap(
    (one, i) => readStep(one, [...path, key, i], `${at}.${i}`, reading) ?? [],
  )
}

function listAt(
  written: Written,
  key: string,
  path: Path,
  { faults }: Reading,
  [least, most]: readonly [number, number],
): readonly unknown[] {
  const value = written[key]
  const isList = Array.isArray(value)
  if (isList && value.length >= least && value.length <= most) return value
  faults.push({
    pointer: pointerTo([...path, key]),
    found: isList ? `a list of ${value.length}` : shown(value),
    allowed: `a list of ${least} to ${most} steps`,
    at: 'value',
  })
  return []
}

function readSelector(written: Written, path: Path, reading: Reading): Selector {
  const { version, alias } = written
  const none: Selector = { alias: 'live' }
  if (version !== undefined && alias !== undefined) {
    reading.faults.push({
      pointer: pointerTo([...path, 'alias']),
      found: 'a version and an alias',
      allowed: 'one of them',
    })
    return none
  }
  if (alias !== undefined) return { alias: checkedName(written, 'alias', parseAlias, path, reading) }
  if (version === undefined) {
    reading.faults.push({
      pointer: pointerTo([...path, 'version']),
      found: 'nothing',
      allowed: 'a version such as 1.4.0, a range such as ^1.4, or an alias',
    })
    return none
  }
  // YAML reads 1 and 1.2 as numbers, and means a range; of 1.10 it has lost the last digit.
  const text = typeof version === 'number' ? String(version) : version
  const selector = checkedName({ version: text }, 'version', parse, path, reading)
  if (selector === '') return none
  const parsed = parseVersionSelector(selector)
  return 'exact' in parsed ? { version: parsed.exact } : parsed
}

function parse(text: string): string {
  parseVersionSelector(text)
  return text
}

/** A name that one of the naming rules accepts; '' where none does, and then it was told. */
function checkedName(
  written: Written,
  key: string,
  rule: (text: string) => string,
  path: Path,
  { faults }: Reading,
): string {
  const value = written[key]
  try {
    if (typeof value === 'string') return rule(value)
    const allowed = `the name of ${/^[aeiou]/.test(key) ? 'an' : 'a'} ${key}`
    faults.push({ pointer: pointerTo([...path, key]), found: shown(value), allowed, at: 'value' })
  } catch (error) {
    if (!isProblem(error)) throw error
    const allowed = error.message
      .replace(/^.*?; allowed (?:is|are) /, '')
      .replace(/^.*and cannot/, 'no name that cannot')
    faults.push({ pointer: pointerTo([...path, key]), found: shown(value), allowed, at: 'value' })
  }
  return ''
}
