/** Write the pages of docs/ that are made from the rules: `npm run docs`. A test holds them to what this writes. */
import { writeFileSync } from 'node:fs'
import { manifestJsonSchema } from '../lib/rules/manifest.ts'
import { type ProblemPage, problemPages } from '../lib/rules/problem-pages.ts'
import { constructPages } from './construct-docs.ts'

/** Every generated file, by its path from the repository's root. */
export function generatedDocs(): Readonly<Record<string, string>> {
  return {
    ...constructPages(),
    'docs/errors.md': errorsPage(),
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
    '`code`, `requestId`, `errors` (each with `pointer`, `found`, `allowed`) and an `error` string.\n',
    'Generated from `lib/rules/problem-pages.ts` by `npm run docs`.\n',
    ...sections,
  ].join('\n')
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
