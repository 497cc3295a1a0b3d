/** Write the pages of docs/ that are made from the rules: `npm run docs`. A test holds them to what this writes. */
import { writeFileSync } from 'node:fs'
import { routeNeeds, scopes } from '../lib/rules/access.ts'
import { manifestJsonSchema } from '../lib/rules/manifest.ts'
import { eventJsonSchema, eventTypes } from '../lib/rules/platform-event.ts'
import { type ProblemPage, problemPages } from '../lib/rules/problem-pages.ts'
import { accessText } from './access-page.ts'
import { constructPages } from './construct-docs.ts'

/** Every generated file, by its path from the repository's root. */
export function generatedDocs(): Readonly<Record<string, string>> {
  return {
    'docs/access.md': accessPage(),
    ...constructPages(),
    'docs/errors.md': errorsPage(),
    'docs/events.md': eventsPage(),
    'docs/events.schema.json': `${JSON.stringify(eventJsonSchema(), null, 2)}\n`,
    'docs/manifest.md': manifestPage(),
    'docs/model.schema.json': `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`,
  }
}

function errorsPage(): string {
  const sections = Object.entries(problemPages as Readonly<Record<string, ProblemPage>>).map(
    ([code, { title, status, cause, mend }]) =>
      `## ${code}\n\n**${title}** (HTTP ${status})\n\n${cause}\n\nWhat to do: ${mend}\n`,
  )
  return [
    '# Errors\n',
    'Every refusal of the platform and of the command carries one of these codes. `sluice explain CODE` prints the same offline.',
    'Over HTTP it is an RFC 9457 document (`application/problem+json`) with `type`, `title`, `status`, `detail`, `instance`,',
    '`code`, `requestId`, `errors` (each with `pointer`, `found`, `allowed`; `offBy` where a number differs from the one',
    'expected, `change` where a contract is broken) and an `error` string.\n',
    'Generated from `lib/rules/problem-pages.ts` by `npm run docs`.\n',
    ...sections,
  ].join('\n')
}

const eventPattern = {
  source: ['sluice'],
  'detail-type': ['Promoted', 'Rolled Back'],
  detail: { platform: ['sluice'], model: ['churn'] },
}

function eventsPage(): string {
  const { oneOf = [] } = eventJsonSchema() as SchemaNode
  const details = oneOf.map(({ properties }) => properties?.['detail']?.properties ?? {})
  const everywhere = ['schemaVersion', 'platform', 'at', 'message']
  const sections = eventTypes.map((type, i) => {
    const own = Object.entries(details[i] ?? {}).filter(([name]) => !everywhere.includes(name))
    const required = oneOf[i]?.properties?.['detail']?.required ?? []
    return [`## ${type}\n`, ...factRows(own, required), ''].join('\n')
  })
  const common = Object.entries(details[0] ?? {}).filter(([name]) => everywhere.includes(name))
  return [
    '# Events\n',
    'A platform tells what happens to its models on the default event bus of EventBridge, with the source `sluice` and the type',
    'as `detail-type`; the platform of a laptop tells the same to who listens in its process. Delivery is at least once, best',
    'effort and in no order: the history (`sluice history MODEL`) is the truth. A rule for them:\n',
    '```json',
    JSON.stringify(eventPattern, null, 2),
    '```\n',
    '[events.schema.json](events.schema.json) is the JSON Schema (draft 2020-12) of every event with its envelope. Names are',
    'promises: under one `schemaVersion` fields and types are added, and none is renamed, removed or narrowed. So a consumer',
    'ignores fields that it does not know; one that checks strictly takes the schema of the version that it deployed. A text',
    'has at most 2,000 characters; a longer one is cut and ends in `…`. An event is far below the 256 KB of EventBridge.\n',
    'Generated from `lib/rules/platform-event.ts` by `npm run docs`.\n',
    '## Every event\n',
    ...factRows(
      common,
      common.map(([name]) => name),
    ),
    '',
    ...sections,
  ].join('\n')
}

function factRows(fields: readonly (readonly [string, SchemaNode])[], required: readonly string[]): string[] {
  const rows = fields.map(([name, node]) => {
    const always = required.includes(name) ? 'always' : 'where known'
    return `| \`detail.${name}\` | ${typeOf(node)} | ${always} | ${node.description ?? ''} |`
  })
  return ['| field | type | there | meaning |', '|---|---|---|---|', ...rows]
}

function accessPage(): string {
  const rows = routeNeeds.map(([method, path, needed, what]) => {
    const held = scopes.map((scope) => (needed.includes(scope) ? '✓' : ''))
    const isOfModel = path.startsWith('/models/')
    const of = isOfModel ? 'this model' : needed.length === 1 ? '`*`' : 'any model'
    return `| \`${method} ${path}\` | ${what} | ${held.join(' | ')} | ${of} |`
  })
  const head = [
    '| request | for | invoke | publish | promote | admin | of |',
    '|---|---|---|---|---|---|---|',
  ]
  return accessText([...head, ...rows].join('\n'))
}

interface SchemaNode {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
  readonly items?: SchemaNode
  readonly oneOf?: readonly SchemaNode[]
  readonly anyOf?: readonly SchemaNode[]
}

function manifestPage(): string {
  const rows = fieldRows(manifestJsonSchema() as SchemaNode, '')
  return [
    '# The manifest, `model.yaml`\n',
    'Every field is optional: what can be detected is detected, and `sluice check PATH` prints the whole manifest with where',
    'each value came from. Unknown keys are errors. For completion in an editor, begin the file with',
    '`# yaml-language-server: $schema=…/docs/model.schema.json`.\n',
    'Generated from `lib/rules/manifest.ts` by `npm run docs`.\n',
    '| field | type | default | meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}

function fieldRows(node: SchemaNode, at: string): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, field]) => {
    const path = at === '' ? name : `${at}.${name}`
    const fallback = field.default === undefined ? '' : `\`${JSON.stringify(field.default)}\``
    const row = `| \`${path}\` | ${typeOf(field)} | ${fallback} | ${(field.description ?? '').replaceAll('|', '\\|')} |`
    return [
      row,
      ...fieldRows(field, path),
      ...fieldRows(field.items ?? {}, `${path}[]`),
      ...variantRows(field, path),
    ]
  })
}

/** The fields of a value that has several kinds, each named after its kind. */
function variantRows(node: SchemaNode, path: string): string[] {
  return (node.oneOf ?? []).flatMap((variant) => {
    const { kind, ...others } = variant.properties ?? {}
    return fieldRows({ properties: others }, `${path}(${kind?.const})`)
  })
}

function typeOf({ type, enum: values, minimum, maximum, oneOf, anyOf, items, ...node }: SchemaNode): string {
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(', ')
  if (node.const !== undefined) return `\`${node.const}\``
  if (oneOf !== undefined)
    return `by \`kind\`: ${oneOf.map((one) => `\`${one.properties?.['kind']?.const}\``).join(', ')}`
  if (anyOf !== undefined) return anyOf.map(typeOf).join(' or ')
  if (type === 'array') return `list of ${typeOf(items ?? {})}`
  const safe = Number.MAX_SAFE_INTEGER
  const bounds = [
    minimum !== undefined && minimum > -safe ? `≥ ${minimum}` : '',
    maximum !== undefined && maximum < safe ? `≤ ${maximum}` : '',
  ].filter((bound) => bound !== '')
  return [type ?? 'any', ...bounds].join(' ')
}

if (import.meta.main)
  for (const [path, text] of Object.entries(generatedDocs()))
    writeFileSync(new URL(`../${path}`, import.meta.url), text)
