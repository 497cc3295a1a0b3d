import { parse } from 'yaml'
import { z } from 'zod'
import type { ElementType, Field } from '../signature.ts'

/** What vetiver for Python writes into the `data.txt` of a pin; before 0.2 the members stood in `user` itself. */
const vetiverMeta = z.looseObject({
  prototype: z.string().nullish(),
  required_pkgs: z.array(z.string()).nullish(),
})
const metadata = z.looseObject({
  user: z.looseObject({ vetiver_meta: vetiverMeta.nullish() }).and(vetiverMeta).nullish(),
})

/** What the metadata of a pin tells of the model in it. */
export interface PinFacts {
  /** What it takes, where a prototype was kept. */
  readonly inputs?: readonly Field[]
  readonly requiredPackages: readonly string[]
}

/** @param text a pin's `data.txt` */
export function pinFacts(text: string): PinFacts {
  const user = metadataIn(text)?.user ?? {}
  const { prototype, required_pkgs: packages } = user.vetiver_meta ?? user
  const inputs = prototype == null ? undefined : inputsOf(prototype)
  return { requiredPackages: packages ?? [], ...(inputs !== undefined && { inputs }) }
}

function metadataIn(text: string): z.output<typeof metadata> | undefined {
  try {
    return metadata.safeParse(parse(text)).data
  } catch {
    return undefined
  }
}

/**
 * The inputs of a prototype, which is one record as JSON: its values have the types. An array was kept as the object of
 * its columns by number, and is one row. @returns undefined where a value is none that a column has
 */
function inputsOf(prototype: string): Field[] | undefined {
  const record = recordIn(prototype)
  if (record === undefined) return undefined
  const names = Object.keys(record)
  const fields = names.flatMap((name): Field[] => {
    const type = typeOf(record[name])
    return type === undefined ? [] : [{ name, type, shape: [] }]
  })
  if (fields.length === 0 || fields.length < names.length) return undefined
  const numbered = fields.every(({ name, type }, i) => name === `${i}` && type !== 'string')
  return numbered ? [{ name: 'input', type: 'float64', shape: [fields.length] }] : fields
}

/** A number that is written with a point or an exponent is a float to Python, whatever its value. */
const jsonToken = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

function recordIn(prototype: string): Record<string, unknown> | undefined {
  const marked = prototype.replaceAll(jsonToken, (token) =>
    !token.startsWith('"') && /[.eE]/.test(token) ? '{"float": true}' : token,
  )
  try {
    return z.record(z.string(), z.unknown()).safeParse(JSON.parse(marked)).data
  } catch {
    return undefined
  }
}

function typeOf(value: unknown): ElementType | undefined {
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'number') return 'int64'
  return typeof value === 'object' && value !== null && 'float' in value ? 'float64' : undefined
}
