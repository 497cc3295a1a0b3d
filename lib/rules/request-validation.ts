import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import { nearest } from './did-you-mean.ts'
import { pathOf, pointerTo } from './json-pointer.ts'
import { type Finding, Problem, shown } from './problem.ts'
import { type JsonSchema, recordSchema } from './record-schema.ts'
import { unevenLists } from './record-shapes.ts'
import type { InputRecord, RequestRecords } from './request-records.ts'
import { describeFields, type Field, type Signature } from './signature.ts'

/** The most findings one answer lists. */
const mostFindings = 20

/** Holds schemas to the meta-schema for all versions: to compile that for each took nine tenths of the time. */
const schemas = new Ajv2020()
/** An instance remembers whatever it compiles, so each version has its own; it leaves the meta-schema to `schemas`. */
const forgetful = { meta: false, validateSchema: false } as const

const meantIt = ' (did you mean it?)'

/** The longest name of an input that is repeated in full. */
const longestName = 128

/** Holds requests to a signature; made once a version, since it compiles. */
export type RequestValidator = (request: RequestRecords) => readonly InputRecord[]

/**
 * A validator for a signature. It answers the records unchanged, or throws every fault of the first faulty records,
 * up to 20, each with its place in what the caller wrote.
 * @throws Problem `request-invalid`; `body-malformed` where there is no record at all
 */
export function requestValidator(signature: Signature): RequestValidator {
  // Within a tensor the first fault is enough: a request may hold millions of elements, each of them wrong.
  const allErrors = signature.inputs.every(({ shape }) => shape.length === 0)
  const ajv = new Ajv2020({
    ...forgetful,
    allErrors,
    verbose: true,
    strictNumbers: true,
    ownProperties: true,
  })
  const holds = ajv.compile(checked(recordSchema(signature)))
  const names = new Set(signature.inputs.map(({ name }) => name))
  return (request) => {
    if (request.records.length === 0)
      throw new Problem(
        'body-malformed',
        'the body holds no record; send one record or a list of at least one',
      )
    const findings: Finding[] = []
    for (const [i, record] of request.records.entries()) {
      if (findings.length >= mostFindings) break
      // A record of a million unknown names is not looked at name by name.
      const unknown = unknownNames(record, names)
      if (unknown.length >= mostFindings)
        findings.push(...unknown.map((name) => unknownInput(name, i, request, signature)))
      else if (!holds(record))
        findings.push(
          ...(holds.errors ?? [])
            .slice(0, mostFindings)
            .map((error) => finding(error, i, request, signature)),
        )
    }
    const records = request.records as readonly InputRecord[]
    if (findings.length === 0)
      for (const field of signature.inputs)
        for (const { index, path, found, allowed } of unevenLists(field, records))
          findings.push({ pointer: request.pointer(index, pointerTo(path)), found, allowed })
    if (findings.length > 0) throw invalid(findings.slice(0, mostFindings))
    return records
  }
}

/** The first names of a record that are none of the inputs', as many as one answer lists. */
function unknownNames(record: unknown, known: ReadonlySet<string>): string[] {
  const unknown: string[] = []
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return unknown
  for (const name in record) {
    if (!known.has(name) && Object.hasOwn(record, name)) unknown.push(name)
    if (unknown.length >= mostFindings) break
  }
  return unknown
}

function unknownInput(name: string, index: number, request: RequestRecords, { inputs }: Signature): Finding {
  if (name.length > longestName)
    return {
      pointer: request.pointer(index, ''),
      found: `an unknown input of ${name.length} characters`,
      allowed: describeFields(inputs),
    }
  const close = nearest(
    name,
    inputs.map((input) => input.name),
  )
  return {
    pointer: request.pointer(index, pointerTo([name])),
    found: 'an unknown input',
    allowed: close === undefined ? describeFields(inputs) : `'${close}'${meantIt}`,
  }
}

/** @throws Error where it is no JSON Schema, as of a signature that names an input twice */
function checked(schema: JsonSchema): JsonSchema {
  schemas.validateSchema(schema, true)
  return schema
}

function invalid(findings: readonly Finding[]): Problem {
  // A slip of the pen is what one wants to be told, and not that its right name is missing.
  const first = findings.find(({ allowed }) => allowed.endsWith(meantIt)) ?? findings[0]
  const more = findings.length === 1 ? '' : `, and ${findings.length - 1} more`
  return new Problem('request-invalid', `${first === undefined ? '' : told(first)}${more}`, findings)
}

function told({ pointer, found, allowed }: Finding): string {
  const place = pointer === '' ? 'the record' : `'${pointer}'`
  if (found === 'nothing') return `${place} is missing, and ${allowed} is needed`
  if (allowed.endsWith(meantIt))
    return `${place} is ${found}; did you mean ${allowed.slice(0, -meantIt.length)}?`
  if (found === 'an unknown input') return `${place} is ${found}, and allowed is ${allowed}`
  return `${place} holds ${found}, and ${allowed} is allowed`
}

function finding(error: ErrorObject, index: number, request: RequestRecords, signature: Signature): Finding {
  const { inputs } = signature
  const { keyword, instancePath, params, data } = error
  const at = (path: string) => request.pointer(index, path)
  if (keyword === 'required') {
    const name = String(params['missingProperty'])
    const field = inputs.find((input) => input.name === name)
    return { pointer: at(pointerTo([name])), found: 'nothing', allowed: field ? describe(field) : name }
  }
  if (keyword === 'additionalProperties')
    return unknownInput(String(params['additionalProperty']), index, request, signature)
  const field = inputs.find((input) => pathOf(instancePath)[0] === input.name)
  return {
    pointer: at(instancePath),
    found: Array.isArray(data) ? `a list of ${data.length}` : shown(data),
    allowed: field === undefined ? `an object of ${describeFields(inputs)}` : allowedBy(error, field),
  }
}

function allowedBy({ keyword, params }: ErrorObject, field: Field): string {
  if (keyword === 'enum')
    return `one of ${(params['allowedValues'] as unknown[]).map((value) => shown(value)).join(', ')}`
  if (keyword === 'minItems' || keyword === 'maxItems') return `a list of ${params['limit']}`
  if (keyword === 'minimum' || keyword === 'maximum')
    return `${field.type} ${keyword === 'minimum' ? 'of at least' : 'of at most'} ${params['limit']}`
  return describe(field)
}

function describe(field: Field): string {
  return describeFields([field])
}
