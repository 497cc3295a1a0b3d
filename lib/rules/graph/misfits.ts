import { didYouMean } from '../did-you-mean.ts'
import { describeFields, type Field, type Signature } from '../signature.ts'
import { type FlowType, mayBe, typeOfField, typeText } from './flow-type.ts'
import type { GraphFault } from './graph-fault.ts'

/** @param picks what is given may hold more than is taken */
export function inputFaults(
  given: FlowType,
  { inputs }: Signature,
  pointer: string,
  picks: boolean,
): readonly GraphFault[] {
  const [only] = inputs
  if (given.kind === 'unknown') return []
  const named = given.kind === 'object' ? given.members : undefined
  // What takes one value takes it bare, too.
  if (only !== undefined && inputs.length === 1 && named === undefined)
    return misfits(given, typeOfField(only), pointer)
  if (named === undefined)
    return [
      { pointer, at: 'value', found: typeText(given), allowed: `an object of ${describeFields(inputs)}` },
    ]
  const names = inputs.map(({ name }) => name)
  const unknown = picks ? [] : Object.keys(named).filter((name) => !names.includes(name))
  return [
    ...unknown.map((name) => ({
      pointer,
      at: 'value' as const,
      found: `an object with '${name}', which the model does not take${didYouMean(name, names)}`,
      allowed: describeFields(inputs),
    })),
    ...inputs.flatMap((field): readonly GraphFault[] => {
      const type = Object.hasOwn(named, field.name) ? named[field.name] : undefined
      if (type === undefined) return [lacking(pointer, field)]
      return misfits(type, typeOfField(field), pointer, `'${field.name}' as `)
    }),
  ]
}

function lacking(pointer: string, field: Field): GraphFault {
  return {
    pointer,
    at: 'value',
    found: `without '${field.name}', which the model takes`,
    allowed: `an object with ${describeFields([field])}`,
  }
}

export function misfits(type: FlowType, wanted: FlowType, pointer: string, what = ''): GraphFault[] {
  if (mayBe(type, wanted)) {
    if (type.kind !== 'object' || wanted.kind !== 'object') return []
    return Object.entries(wanted.members).flatMap(([name, member]) => {
      const given = Object.hasOwn(type.members, name) ? type.members[name] : undefined
      if (given !== undefined) return misfits(given, member, pointer, `'${name}' as `)
      return [{ pointer, at: 'value' as const, found: `without '${name}'`, allowed: typeText(wanted) }]
    })
  }
  return [{ pointer, at: 'value', found: `${what}${typeText(type)}`, allowed: typeText(wanted) }]
}
