/** From the columns of a request to the arrays that a predict function takes. */

/** A request that does not fit the model. Its message is for the caller. */
export class BadRequest extends Error {}

/**
 * One array an input, one value a record, and how many records they are.
 * @param fields what the model takes; undefined where nobody said, and then everything is taken as it comes
 */
export function readColumns(fields, inputs) {
  if (typeof inputs !== 'object' || inputs === null || Array.isArray(inputs) || isEmpty(inputs))
    throw new BadRequest('the request has no inputs: send {"inputs": {"name": [one value a record, …]}}')
  const names = fields?.map(({ name }) => name) ?? Object.keys(inputs)
  const unknown = Object.keys(inputs).find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw new BadRequest(`input ${unknown} is unknown: the inputs are ${names.join(', ')}`)
  for (const name of names) {
    if (!Object.hasOwn(inputs, name)) throw new BadRequest(`input ${name} is missing`)
    if (!Array.isArray(inputs[name])) throw new BadRequest(`input ${name} is no list with one value a record`)
  }
  const [first] = names
  const records = inputs[first].length
  for (const name of names)
    if (inputs[name].length !== records)
      throw new BadRequest(`input ${name} has ${inputs[name].length} values, ${first} has ${records}`)
  const columns =
    fields === undefined
      ? inputs
      : Object.fromEntries(fields.map((field) => [field.name, typedColumn(field, inputs[field.name])]))
  return { columns, records }
}

function isEmpty(inputs) {
  return Object.keys(inputs).length === 0
}

function typedColumn({ name, type, shape = [] }, values) {
  const element = elements[type]
  return values.map((value, record) => {
    const place = `input ${name}: record ${record}`
    return shape.length === 0
      ? elementOf(value, type, element, place)
      : listOf(value, shape, type, element, place)
  })
}

function listOf(value, [size, ...rest], type, element, place) {
  if (!Array.isArray(value)) throw new BadRequest(`${place} holds ${told(value)} where a list is declared`)
  if (size !== null && value.length !== size)
    throw new BadRequest(`${place} has a list of ${value.length} where ${size} are declared`)
  return value.map((item) =>
    rest.length === 0 ? elementOf(item, type, element, place) : listOf(item, rest, type, element, place),
  )
}

function elementOf(value, type, element, place) {
  const read = element(value)
  if (read === undefined) throw new BadRequest(`${place} holds ${told(value)}, which is no ${type}`)
  return read
}

/** A value as it is told to whoever sent it. */
function told(value) {
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

const number = (value) => (typeof value === 'number' ? value : undefined)

/** How a value of a type is read out of JSON: undefined where it is none. */
const elements = {
  string: (value) => (typeof value === 'string' ? value : undefined),
  boolean: (value) => (typeof value === 'boolean' ? value : undefined),
  float32: number,
  float64: number,
  int64: bigInteger(-(2n ** 63n), 2n ** 63n - 1n),
  uint64: bigInteger(0n, 2n ** 64n - 1n),
  ...Object.fromEntries(
    [8, 16, 32].flatMap((bits) => [
      [`int${bits}`, integer(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)],
      [`uint${bits}`, integer(0, 2 ** bits - 1)],
    ]),
  ),
}

function integer(lowest, highest) {
  return (value) => (Number.isInteger(value) && value >= lowest && value <= highest ? value : undefined)
}

/** 64-bit integers are numbers as far as JSON's go; beyond they come as strings of digits, and are BigInt. */
function bigInteger(lowest, highest) {
  return (value) => {
    if (Number.isSafeInteger(value)) return value >= lowest ? value : undefined
    if (typeof value !== 'string' || !/^-?\d{1,20}$/.test(value)) return undefined
    const big = BigInt(value)
    if (big < lowest || big > highest) return undefined
    return Number.isSafeInteger(Number(big)) ? Number(big) : big
  }
}
