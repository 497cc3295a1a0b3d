import { type Finding, Problem } from '../problem.ts'
import { readJsonRecords } from '../request-records.ts'
import { describeFields, type Field, rowInput, type Signature, signatureFromExamples } from '../signature.ts'
import { parseJson } from '../tabular-body.ts'

/** What a scikit-learn model answers besides when it is asked to: its decision_function. */
const scores = 'scores'

/** Element types of which Python's servers take any for any other. */
const textual: ReadonlySet<string> = new Set(['string'])

/**
 * The signature of a scikit-learn model whose manifest declares one too. Names and shapes must be the same; a type may
 * be another kind of number, since NumPy converts it; outputs may be left out, and are not answered then; and where the
 * model takes a row of numbers without names, the manifest may name each of them.
 * @throws Problem `signature-differs` with every difference
 */
export function agreedPythonSignature(read: Signature, declared: Signature): Signature {
  const named = namesItsRow(read, declared)
  const errors = [
    ...(named ? [] : [...wrongFields('inputs', read, declared), ...missingInputs(read, declared)]),
    ...wrongFields('outputs', read, declared),
  ]
  if (errors.length > 0)
    throw new Problem(
      'signature-differs',
      'the manifest declares another signature than the artifact carries',
      errors,
    )
  if (named) return declared
  const fields = new Map(declared.inputs.map((field) => [field.name, field]))
  return { inputs: read.inputs.map((field) => fields.get(field.name) ?? field), outputs: declared.outputs }
}

/** The signature that golden examples show, where an artifact carries none: those with JSON on both sides count. */
export function signatureOfExamples(examples: readonly Example[]): Signature {
  const requests = examples.flatMap(({ name, request }) => recordsOf(parseJson(request, name)))
  const answers = examples.flatMap(({ name, expect }) => predictionsOf(parseJson(expect, name)))
  return signatureFromExamples(requests, answers)
}

/** A golden example: the texts of its two files. */
export interface Example {
  /** The file of the request. */
  readonly name: string
  readonly request: string
  readonly expect: string
}

/** The records of a request of which no signature tells the form: a list of bare values is one row. */
function recordsOf(body: unknown): readonly unknown[] {
  const nothing = { inputs: [], outputs: [] }
  const isRow = Array.isArray(body) && body.length > 0 && body.every((item) => typeof item !== 'object')
  return isRow ? [body] : readJsonRecords(body, nothing).records
}

function predictionsOf(answer: unknown): readonly unknown[] {
  if (
    typeof answer === 'object' &&
    answer !== null &&
    'predictions' in answer &&
    Array.isArray(answer.predictions)
  )
    return answer.predictions
  throw new Problem(
    'signature-unknown',
    "an expected answer has no 'predictions'; write the whole answer, or `signature:`",
  )
}

function namesItsRow(read: Signature, declared: Signature): boolean {
  return (
    rowInput(read)?.shape[0] === declared.inputs.length &&
    declared.inputs.every(({ shape, type }) => shape.length === 0 && !textual.has(type))
  )
}

function wrongFields(side: 'inputs' | 'outputs', read: Signature, declared: Signature): Finding[] {
  return declared[side].flatMap((field, i) => {
    const truth = read[side].find(({ name }) => name === field.name)
    if (truth === undefined ? side === 'outputs' && field.name === scores : fits(field, truth)) return []
    return [
      {
        pointer: `/signature/${side}/${i}`,
        found: describeFields([field]),
        allowed: describeFields(truth === undefined ? read[side] : [truth]),
      },
    ]
  })
}

function missingInputs(read: Signature, declared: Signature): Finding[] {
  const names = new Set(declared.inputs.map(({ name }) => name))
  return read.inputs
    .filter(({ name }) => !names.has(name))
    .map((field) => ({ pointer: '/signature/inputs', found: 'nothing', allowed: describeFields([field]) }))
}

function fits(field: Field, truth: Field): boolean {
  return (
    textual.has(field.type) === textual.has(truth.type) &&
    field.shape.length === truth.shape.length &&
    field.shape.every((size, i) => size === truth.shape[i])
  )
}
