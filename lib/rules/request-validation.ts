import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import { nearest } from './did-you-mean.ts'
import { pathOf, pointerTo } from './json-pointer.ts'
import { type Finding, Problem, shown } from './problem.ts'
import { type JsonSchema, recordSchema } from './record-schema.ts'
import type { InputRecord, RequestRecords } from './request-records.ts'
import { describeFields, type Field, type Signature } from './signature.ts'

/** The most findings one answer lists. */
const mostFindings = 20

/** Holds schemas to the meta-schema for all versions: to compile that for each took nine tenths of the time. */
const schemas = new Ajv2020()
/** An instance remembers whatever it compiles, so each version has its own; it leaves the meta-schema to `schemas`. */
const forgetful = { meta: false, validateSchema: false } as const

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
  return (request) => {
    if (request.records.length === 0)
      throw new Problem(
        'body-malformed',
        'the body holds no record; send one record or a list of at least one',
      )
    const findings: Finding[] = []
    request.records.forEach((record, i) => {
      if (findings.length < mostFindings && !holds(record))
        findings.push(
          ...(holds.errors ?? [])
            .slice(0, mostFindings)
            .map((error) => finding(error, i, request, signature)),
        )
    })
    if (findings.length > 0) throw invalid(findings.slice(0, mostFindings))
    return request.records as readonly InputRecord[]
  }
}

/** @throws Error where it is no JSON Schema, as of a signature that names an input twice */
function checked(schema: JsonSchema): JsonSchema {
  schemas.validateSchema(schema, true)
  return schema
}

function invalid(findings: readonly Finding[]): Problem {
  const [first] = findings
  const place = first?.pointer === '' ? 'the record' : `'${first?.pointer}'`
  const more = findings.length === 1 ? '' : `, and ${findings.length - 1} more`
  return new Problem(
    'request-invalid',
    `${place} holds ${first?.found}, and ${first?.allowed} is allowed${more}`,
    findings,
  )
}

function finding(error: ErrorObject, index: number, request: RequestRecords, { inputs }: Signature): Finding {
  const { keyword, instancePath, params, data } = error
  const at = (path: string) => request.pointer(index, path)
  if (keyword === 'required') {
    const name = String(params['missingProperty'])
    const field = inputs.find((input) => input.name === name)
    return { pointer: at(pointerTo([name])), found: 'nothing', allowed: field ? describe(field) : name }
  }
  if (keyword === 'additionalProperties') {
    const name = String(params['additionalProperty'])
    const names = inputs.map((input) => input.name)
    const close = nearest(name, names)
    return {
      pointer: at(pointerTo([name])),
      found: 'an unknown input',
      allowed: close === undefined ? describeFields(inputs) : `'${close}' (did you mean it?)`,
    }
  }
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
    return `${field.type} ${params['comparison']} ${params['limit']}`
  return describe(field)
}

function describe(field: Field): string {
  return describeFields([field])
}
