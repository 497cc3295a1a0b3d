import type { InputRecord } from '../request-records.ts'

/** What of a record differences may go with: its bare values, and those of short rows, each by a name of its own. */
export type Features = Readonly<Record<string, Feature>>
export type Feature = number | string | boolean

/** So many are looked at, and so many elements of one row: an image is none that a sentence could be made of. */
const mostFeatures = 200
const longestRow = 64
const longestText = 60

/** @returns such as `{tenure: 3, plan: 'gold'}`, or `{'features[0]': 5.1, 'features[1]': 3.5}` of a tensor */
export function featuresOf(inputs: InputRecord): Features {
  const features: Record<string, Feature> = {}
  let left = mostFeatures
  const put = (name: string, value: unknown) => {
    const feature = featureOf(value)
    if (feature === undefined || left === 0) return
    left -= 1
    features[name] = feature
  }
  for (const [name, value] of Object.entries(inputs)) {
    if (!Array.isArray(value)) put(name, value)
    else if (value.length <= longestRow) for (const [i, item] of value.entries()) put(`${name}[${i}]`, item)
  }
  return features
}

function featureOf(value: unknown): Feature | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string') return undefined
  return value.length > longestText ? `${value.slice(0, longestText - 3)}...`.toWellFormed() : value
}
