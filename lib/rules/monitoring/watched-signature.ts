import type { CapturePlan } from '../capture/capture-plan.ts'
import type { Signature } from '../signature.ts'

/**
 * What of a version is looked at for drift: whatever is recorded as it is. Of what the manifest hides there is nothing to
 * compare, neither in the records nor, since nobody may keep it, in a baseline.
 */
export function watchedSignature(
  { inputs, outputs }: Signature,
  { mask = [], hash = [] }: Partial<Pick<CapturePlan, 'mask' | 'hash'>>,
): Signature {
  const isSeen = ({ name }: { readonly name: string }) => !mask.includes(name) && !hash.includes(name)
  return { inputs: inputs.filter(isSeen), outputs: outputs.filter(isSeen) }
}
