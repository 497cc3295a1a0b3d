import { type Field, rowInput, type Signature } from '../../lib/rules/signature.ts'

/** One input as a person fills it in. */
export interface FormField {
  readonly name: string
  readonly kind: 'number' | 'integer' | 'boolean' | 'choice' | 'text'
  /** The type as the signature names it. */
  readonly type: string
  /** Where only some are allowed. */
  readonly values?: readonly string[]
}

/** More is filled in as text. */
const mostFields = 60

/** The form of a signature; undefined where a record is better written as JSON: it has arrays, or very many inputs. */
export function formOf(signature: Signature): readonly FormField[] | undefined {
  const { inputs } = signature
  const isPlain = inputs.every(({ shape }) => shape.length === 0)
  if (rowInput(signature) !== undefined || !isPlain || inputs.length === 0 || inputs.length > mostFields)
    return undefined
  return inputs.map(fieldOf)
}

function fieldOf({ name, type, values }: Field): FormField {
  if (type === 'boolean') return { name, type, kind: 'boolean' }
  if (values !== undefined) return { name, type, kind: 'choice', values }
  if (type === 'string') return { name, type, kind: 'text' }
  return { name, type, kind: type.startsWith('float') ? 'number' : 'integer' }
}

/** What stands in each field, by its name. */
export type FormTexts = Readonly<Record<string, string>>

/** A form filled with a record, where it fits. */
export function textsOf(fields: readonly FormField[], record: unknown): FormTexts {
  const values = typeof record === 'object' && record !== null ? (record as Record<string, unknown>) : {}
  return Object.fromEntries(fields.map(({ name, kind }) => [name, textOf(values[name], kind)]))
}

function textOf(value: unknown, kind: FormField['kind']): string {
  if (value === undefined || value === null) return kind === 'boolean' ? 'false' : ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/**
 * The record that a form says. An empty field is left out, and what is no number stays the text that it is: the platform
 * refuses either, and says why better than a form could.
 */
export function recordOf(fields: readonly FormField[], texts: FormTexts): Record<string, unknown> {
  return Object.fromEntries(
    fields.flatMap(({ name, kind }) => {
      const text = texts[name] ?? ''
      if (text === '' && kind !== 'text') return []
      return [[name, typed(text, kind)]]
    }),
  )
}

function typed(text: string, kind: FormField['kind']): unknown {
  if (kind === 'boolean') return text === 'true'
  if (kind === 'choice' || kind === 'text') return text
  const number = Number(text)
  return Number.isFinite(number) ? number : text
}

/** The request of the first example in an OpenAPI document of a version: one that it answered, else one that fits. */
export function exampleIn(document: unknown): unknown {
  const { paths = {} } = document as { paths?: Record<string, { post?: unknown }> }
  const post = Object.values(paths).find((path) => path.post !== undefined)?.post as
    | { requestBody?: { content?: Record<string, { examples?: Record<string, { value: unknown }> }> } }
    | undefined
  const { recorded, formed } = post?.requestBody?.content?.['application/json']?.examples ?? {}
  return (recorded ?? formed)?.value
}

/** The first record of a request, in whichever of its forms. */
export function firstRecord(request: unknown): unknown {
  if (Array.isArray(request)) return request[0]
  const { instances } = (request ?? {}) as { instances?: unknown }
  return Array.isArray(instances) ? instances[0] : request
}
