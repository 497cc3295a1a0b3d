import { describeFields, type ElementType, type Field } from '../signature.ts'

/** What is known of a value that flows through a graph. */
export type FlowType =
  | { readonly kind: 'unknown' }
  /** `type` where it came from a field; a number that was calculated has none. */
  | { readonly kind: 'number'; readonly type?: ElementType }
  | { readonly kind: 'string'; readonly values?: readonly string[] }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'null' }
  /** `length` null where it is free or not known. */
  | { readonly kind: 'list'; readonly of: FlowType; readonly length: number | null }
  | { readonly kind: 'object'; readonly members: Readonly<Record<string, FlowType>> }

export const unknownType: FlowType = { kind: 'unknown' }

/** What a field holds. */
export function typeOfField({ type, shape, values }: Field): FlowType {
  const element: FlowType =
    type === 'string'
      ? { kind: 'string', ...(values !== undefined && { values }) }
      : type === 'boolean'
        ? { kind: 'boolean' }
        : { kind: 'number', type }
  return shape.reduceRight<FlowType>((of, length) => ({ kind: 'list', of, length }), element)
}

/** What a version answers: the bare value of one output, an object of several. */
export function typeOfAnswer(outputs: readonly Field[]): FlowType {
  const [only] = outputs
  if (outputs.length === 1 && only !== undefined) return typeOfField(only)
  return objectOf(outputs)
}

export function objectOf(fields: readonly Field[]): FlowType {
  return {
    kind: 'object',
    members: Object.fromEntries(fields.map((field) => [field.name, typeOfField(field)])),
  }
}

/** The field that holds values of a type; undefined where not enough is known of it. */
export function fieldOfType(name: string, type: FlowType): Field | undefined {
  const shape: (number | null)[] = []
  let element = type
  while (element.kind === 'list') {
    shape.push(element.length)
    element = element.of
  }
  if (element.kind === 'number') return { name, type: element.type ?? 'float64', shape }
  if (element.kind === 'boolean') return { name, type: 'boolean', shape }
  if (element.kind !== 'string') return undefined
  return { name, type: 'string', shape, ...(element.values !== undefined && { values: element.values }) }
}

/** Whether a value of a type may be what a field takes; what is not known may be anything. */
export function mayBe(type: FlowType, wanted: FlowType): boolean {
  if (type.kind === 'unknown' || wanted.kind === 'unknown') return true
  if (type.kind !== wanted.kind) return false
  if (type.kind === 'list' && wanted.kind === 'list') {
    const fits = type.length === null || wanted.length === null || type.length === wanted.length
    return fits && mayBe(type.of, wanted.of)
  }
  if (type.kind === 'number' && wanted.kind === 'number') return mayBeNumber(type.type, wanted.type)
  if (type.kind === 'string' && wanted.kind === 'string')
    return (
      type.values === undefined ||
      wanted.values === undefined ||
      type.values.some((value) => wanted.values?.includes(value))
    )
  return true
}

/** Fractions fit no integers; all else may, by its value. */
function mayBeNumber(type: ElementType | undefined, wanted: ElementType | undefined): boolean {
  if (type === undefined || wanted === undefined) return true
  return !(type.startsWith('float') && !wanted.startsWith('float'))
}

/** What both may be: the same, or nothing that is known. */
export function either(one: FlowType, other: FlowType): FlowType {
  if (JSON.stringify(one) === JSON.stringify(other)) return one
  if (one.kind === 'number' && other.kind === 'number') return { kind: 'number' }
  if (one.kind === 'string' && other.kind === 'string') return { kind: 'string' }
  if (one.kind === 'list' && other.kind === 'list')
    return {
      kind: 'list',
      of: either(one.of, other.of),
      length: one.length === other.length ? one.length : null,
    }
  if (one.kind === 'object' && other.kind === 'object') {
    const names = Object.keys(one.members)
    const same = names.length === Object.keys(other.members).length && names.every((n) => n in other.members)
    if (same)
      return {
        kind: 'object',
        members: Object.fromEntries(
          names.map((name) => [
            name,
            either(one.members[name] ?? unknownType, other.members[name] ?? unknownType),
          ]),
        ),
      }
  }
  return unknownType
}

/** `float64[3]`, `an object of a: string`: in words for people. */
export function typeText(type: FlowType): string {
  const field = fieldOfType('', type)
  if (field !== undefined) {
    const text = describeFields([field]).slice(': '.length)
    return type.kind === 'number' && type.type === undefined ? 'a number' : text
  }
  if (type.kind === 'object')
    return `an object of ${Object.entries(type.members)
      .map(([name, member]) => `${name}: ${typeText(member)}`)
      .join(', ')}`
  if (type.kind === 'list') return `a list of ${typeText(type.of)}`
  return type.kind === 'null' ? 'null' : 'something'
}
