import { type BoosterFacts, boosterSentence } from '../../lib/rules/boosters/booster.ts'
import { boosterRequirements } from '../../lib/rules/boosters/booster-requirements.ts'
import { readLightgbmModel } from '../../lib/rules/boosters/lightgbm-model.ts'
import { readXgboostModel } from '../../lib/rules/boosters/xgboost-model.ts'
import type { Recognised } from '../../lib/rules/detection/recognise.ts'
import type { Manifest } from '../../lib/rules/manifest.ts'
import { mostReadBytes } from '../../lib/rules/python/pickle-file.ts'
import { checkedRequirements, requirementsFile } from '../../lib/rules/python/python-requirements.ts'
import { agreedOn, leniently } from './agreed-signature.ts'
import type { InspectedFile, Inspection, ReadFile } from './inspection.ts'

/** Find out what boosted trees take and answer, by what their own library has written of them. */
export async function inspectBooster(
  { entry, name }: Recognised,
  files: readonly InspectedFile[],
  manifest: Manifest,
  read: ReadFile,
): Promise<Inspection> {
  const facts = await boosterFacts(entry, name === 'lightgbm' ? 'LightGBM' : 'XGBoost', files, read)
  const written = files.some(({ path }) => path === requirementsFile)
    ? checkedRequirements(leniently(await read(requirementsFile)))
    : undefined
  return {
    ...(await agreedOn(facts.signature, manifest, read)),
    found: boosterSentence(entry, facts),
    requirements: written ?? boosterRequirements(facts),
  }
}

/** @throws Problem `artifact-corrupt` */
export async function boosterFacts(
  entry: string,
  library: BoosterFacts['library'],
  files: readonly InspectedFile[],
  read: ReadFile,
): Promise<BoosterFacts> {
  const size = files.find(({ path }) => path === entry)?.size ?? 0
  if (size > mostReadBytes) {
    const unknown = `${entry} has ${size} bytes, and up to ${mostReadBytes} are looked through`
    return { library, categorical: [], signature: { unknown } }
  }
  const bytes = (await read(entry)) ?? new Uint8Array()
  return library === 'LightGBM' ? readLightgbmModel(entry, bytes) : readXgboostModel(entry, bytes)
}
