import { type PinFacts, pinFacts } from '../../lib/rules/python/pin-metadata.ts'
import { checkedRequirements, sklearnRequirements } from '../../lib/rules/python/python-requirements.ts'
import type { SklearnFacts } from '../../lib/rules/python/sklearn-artifact.ts'
import type { KnownSignature } from './agreed-signature.ts'
import { leniently } from './agreed-signature.ts'
import type { ReadFile } from './inspection.ts'

/** What the metadata beside a pinned model tells. @param entry the model's own file */
export async function readPin(entry: string, read: ReadFile): Promise<PinFacts> {
  return pinFacts(leniently(await read(metadataOf(entry))))
}

/** What a pinned model takes by its prototype, where one was kept, and what it answers by itself. */
export function pinSignature(
  { inputs }: PinFacts,
  facts: SklearnFacts | undefined,
): KnownSignature | undefined {
  return inputs === undefined || facts?.outputs === undefined
    ? facts?.signature
    : { inputs, outputs: facts.outputs }
}

/** The packages that a pin requires: vetiver names them without versions, and its model knows its own. */
export function pinRequirements(
  entry: string,
  { requiredPackages }: PinFacts,
  facts: SklearnFacts | undefined,
): string {
  const own = sklearnRequirements(entry, facts)
  const others = requiredPackages.filter((name) => !/^(?:scikit-learn|vetiver)\b/.test(name))
  const lines = [...new Set([...own.trimEnd().split('\n'), ...others])].toSorted()
  return checkedRequirements(`${lines.join('\n')}\n`, metadataOf(entry))
}

function metadataOf(entry: string): string {
  return `${entry.slice(0, entry.lastIndexOf('/') + 1)}data.txt`
}
