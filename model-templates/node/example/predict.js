// A model of your own: copy this folder, and put what it loads beside it.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Once, before the first request. What it returns is the second argument of predict. */
export async function load(modelDir) {
  return JSON.parse(await readFile(join(modelDir, 'weights.json'), 'utf8'))
}

/** Each input is an array with one value a record. Return one entry a record, here for each of two outputs. */
export function predict({ tenure }, weights) {
  const risk = tenure.map((years) => weights.base + weights.tenure * years)
  return { risk, leaves: risk.map((one) => one > weights.threshold) }
}
