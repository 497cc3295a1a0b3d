import type { z } from 'zod'
import { didYouMean } from './did-you-mean.ts'
import { pointerTo } from './json-pointer.ts'
import { type Finding, oneOf, shown } from './problem.ts'

/** A part of a JSON Schema, as far as findings look into it. */
export interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode
  readonly oneOf?: readonly SchemaNode[]
  readonly anyOf?: readonly SchemaNode[]
  readonly const?: unknown
}

/**
 * What a schema found wrong, told as every fault here is told: where, what was found, what is allowed.
 * @param schema the JSON Schema form of the same schema: it knows the keys that are allowed
 */
export function schemaFindings(issues: readonly z.core.$ZodIssue[], schema: SchemaNode): Finding[] {
  return issues.flatMap((issue) => findingsOf(issue, schema))
}

function findingsOf(issue: z.core.$ZodIssue, schema: SchemaNode): Finding[] {
  const path = issue.path.map(String)
  const pointer = pointerTo(path)
  const found = shown(issue.input)
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue.keys, keysAt(schema, path), path)
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String)
    const close = typeof issue.input === 'string' ? didYouMean(issue.input, values) : ''
    return [{ pointer, found: `${found}${close}`, allowed: oneOf(values) }]
  }
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined)
    return [
      {
        pointer,
        found: shown(memberOf(issue.input, issue.discriminator)),
        allowed: oneOf(kindsAt(schema, path.slice(0, -1))),
      },
    ]
  if (issue.code === 'invalid_union') return unionFindings(issue, schema)
  if (issue.code === 'invalid_type')
    return [
      { pointer, found: issue.input === undefined ? 'nothing' : found, allowed: article(issue.expected) },
    ]
  if (issue.code === 'too_big' || issue.code === 'too_small')
    return [{ pointer, found: sized(issue.input), allowed: limitOf(issue) }]
  return [{ pointer, found, allowed: issue.message.replace(/^.*?allowed (?:is|are) /, '') }]
}

/** The most unknown keys of one object that are told of, and the longest that is repeated in full. */
const mostKeys = 100
const longestKey = 128

function unknownKeys(keys: readonly string[], known: readonly string[], path: readonly string[]): Finding[] {
  return keys.slice(0, mostKeys).map((key) =>
    key.length > longestKey
      ? { pointer: pointerTo(path), found: `the unknown key ${shown(key)}`, allowed: oneOf(known) }
      : {
          pointer: pointerTo([...path, key]),
          found: `the unknown key '${key}'${didYouMean(key, known)}`,
          allowed: oneOf(known),
        },
  )
}

/** A value that is too long or too short, by its size; a number as it stands. */
function sized(value: unknown): string {
  if (typeof value === 'string' && value.length > 0) return `a text of ${value.length} characters`
  if (Array.isArray(value)) return `a list of ${value.length}`
  return shown(value)
}

function limitOf(issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall): string {
  const [bound, limit] = issue.code === 'too_big' ? ['at most', issue.maximum] : ['at least', issue.minimum]
  if (issue.origin === 'string')
    return bound === 'at least' && limit === 1
      ? 'a text that is not empty'
      : `a text of ${bound} ${limit} characters`
  if (issue.origin === 'array') return `a list of ${bound} ${limit}`
  return issue.inclusive === false
    ? `a number ${issue.code === 'too_big' ? 'below' : 'above'} ${limit}`
    : `a number of ${bound} ${limit}`
}

/** A value of several kinds: what is wrong with it as the kind it comes closest to, else which kinds there are. */
function unionFindings(issue: z.core.$ZodIssueInvalidUnion, schema: SchemaNode): Finding[] {
  const kinds = issue.errors.filter(([first]) => first?.code !== 'invalid_type' || first.path.length > 0)
  const [closest] = kinds
  if (closest !== undefined)
    return schemaFindings(
      closest.map((one) => ({ ...one, path: [...issue.path, ...one.path] })),
      schema,
    )
  const types = issue.errors.flatMap(([first]) =>
    first?.code === 'invalid_type' ? [article(first.expected)] : [],
  )
  return [
    {
      pointer: pointerTo(issue.path.map(String)),
      found: issue.input === undefined ? 'nothing' : shown(issue.input),
      allowed: oneOf([...new Set(types)]),
    },
  ]
}

/** A finding as a sentence. @param whole what an empty pointer stands for: `the body`, `model.yaml` */
export function findingSentence({ pointer, found, allowed }: Finding, whole: string): string {
  // A key may be as long as its document; the finding itself has it in full.
  const place = pointer.length > 160 ? `${pointer.slice(0, 157).toWellFormed()}...` : pointer || whole
  if (found === 'nothing') return `${place} is missing; ${allowed} is needed`
  const verb = pointer === '' ? 'holds' : 'is'
  return found.endsWith('?')
    ? `${place} ${verb} ${found} Allowed is ${allowed}`
    : `${place} ${verb} ${found}; allowed is ${allowed}`
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : value
}

function article(type: string): string {
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`
}

/** What the schema says of a path, in every kind that a value there may be of. */
function nodesAt(schema: SchemaNode, path: readonly string[]): SchemaNode[] {
  return path.reduce<SchemaNode[]>(
    (nodes, part) => withKinds(nodes).flatMap((node) => node.properties?.[part] ?? node.items ?? []),
    [schema],
  )
}

function withKinds(nodes: readonly SchemaNode[]): SchemaNode[] {
  return nodes.flatMap((node) => [node, ...withKinds([...(node.oneOf ?? []), ...(node.anyOf ?? [])])])
}

/** The keys that the schema allows at a path. */
function keysAt(schema: SchemaNode, path: readonly string[]): string[] {
  return [...new Set(withKinds(nodesAt(schema, path)).flatMap((node) => Object.keys(node.properties ?? {})))]
}

function kindsAt(schema: SchemaNode, path: readonly string[]): string[] {
  const kinds = withKinds(nodesAt(schema, path)).flatMap((node) => node.oneOf ?? [])
  return kinds.map((kind) => String(kind.properties?.['kind']?.const))
}
