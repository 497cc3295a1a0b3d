import { parse } from 'yaml'
import { z } from 'zod'
import type { Field, Signature } from '../signature.ts'
import { classesOf, named, namesOf, type RValue, stringsOf } from './rds-value.ts'

/** What vetiver calls an answer. */
export const prediction = '.pred'
/** The answer of a generalized model on the scale of what it predicts, which vetiver gives only where it is told to. */
export const response = 'response'

/** What a vetiver model in an .rds tells of itself. */
export interface VetiverModel {
  /** Of the model, the most special first. */
  readonly classes: readonly string[]
  readonly signature: Signature | { readonly unknown: string }
  /** Whether it gives `response` besides. */
  readonly hasResponse: boolean
  /** Packages that its file says it needs. */
  readonly packages: readonly string[]
}

/** @returns undefined where the file holds something else */
export function vetiverModel(value: RValue): VetiverModel | undefined {
  const model = named(value, 'model')
  if (model === undefined) return undefined
  const classes = classesOf(model).map((one) => one.replace(/^butchered_/, ''))
  const inputs = inputsOf(named(value, 'prototype') ?? named(value, 'ptype'))
  const output = outputOf(model, classes)
  const unknown = [inputs, output].find((one) => typeof one === 'string')
  return {
    classes,
    signature:
      typeof inputs === 'string' || typeof output === 'string'
        ? { unknown: String(unknown) }
        : { inputs, outputs: [output] },
    hasResponse: classes.some((one) => one === 'glm' || one === 'gam'),
    packages: stringsOf(named(value, 'required_pkgs')),
  }
}

/** @returns a sentence where the prototype does not tell */
function inputsOf(prototype: RValue | undefined): Field[] | string {
  if (prototype === undefined || prototype.type === 'null')
    return 'it was written without a prototype of its inputs (save_prototype = FALSE)'
  const fields: Field[] = []
  for (const [i, name] of namesOf(prototype).entries()) {
    const column = prototype.items?.[i]
    const field = name === null || column === undefined ? undefined : fieldOf(name, column)
    if (field === undefined)
      return `its prototype has the column ${name}, which is of no type that a request can have`
    fields.push(field)
  }
  return fields.length > 0 ? fields : 'its prototype has no columns'
}

function fieldOf(name: string, column: RValue): Field | undefined {
  const classes = classesOf(column)
  const text = { name, type: 'string', shape: [] } as const
  if (classes.includes('factor')) return { ...text, values: stringsOf(column.attributes.get('levels')) }
  // As text by ISO 8601: the server makes of it what the model was trained with.
  if (classes.some((one) => one === 'Date' || one === 'POSIXt')) return text
  if (column.type === 'character') return text
  if (column.type === 'double') return { name, type: 'float64', shape: [] }
  if (column.type === 'integer') return { name, type: 'int32', shape: [] }
  if (column.type === 'logical') return { name, type: 'boolean', shape: [] }
  return undefined
}

function outputOf(model: RValue, classes: readonly string[]): Field | string {
  const number = { name: prediction, type: 'float64', shape: [] } as const
  if (classes.includes('ranger')) return rangerOutput(model)
  if (classes.some((one) => ['lm', 'glm', 'gam'].includes(one))) return number
  return `what a ${classes[0] ?? 'model without a class'} answers is not known; write it as the output ${prediction}`
}

function rangerOutput(model: RValue): Field | string {
  const forest = named(model, 'forest')
  const kind = named(model, 'treetype')?.strings?.[0] ?? named(forest, 'treetype')?.strings?.[0]
  const levels = stringsOf(named(forest, 'levels'))
  if (kind === 'Regression') return { name: prediction, type: 'float64', shape: [] }
  if (kind === 'Classification' && levels.length > 0)
    return { name: prediction, type: 'string', shape: [], values: levels }
  const classes = named(forest, 'class.values')?.length
  if (kind === 'Probability estimation' && classes !== undefined)
    return { name: prediction, type: 'float64', shape: [classes] }
  return `what a ranger for ${kind ?? 'nobody knows what'} answers is not known; write it as the output ${prediction}`
}

const metadata = z.looseObject({
  user: z
    .looseObject({
      required_pkgs: z.union([z.string(), z.array(z.string())]).nullish(),
      renv_lock: z
        .looseObject({ Packages: z.record(z.string(), z.looseObject({ Version: z.string() })) })
        .nullish(),
    })
    .nullish(),
})

/** What a pin's data.txt says that its model needs: packages, with the versions of training where renv noted them. */
export function packagesOfPin(text: string): ReadonlyMap<string, string | null> {
  const { user } = metadata.safeParse(parse(text)).data ?? {}
  const versions = user?.renv_lock?.Packages ?? {}
  return new Map([user?.required_pkgs ?? []].flat().map((name) => [name, versions[name]?.Version ?? null]))
}
