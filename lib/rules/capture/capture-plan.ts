import { counted, Problem } from '../problem.ts'
import type { Signature } from '../signature.ts'

/** What of a version's calls is recorded, and in what form. */
export interface CapturePlan {
  /** The share of calls, in per cent: 0 records nothing. */
  readonly samplePercent: number
  /** Inputs and outputs that are left out. */
  readonly mask: readonly string[]
  /** Inputs and outputs whose values are told apart and not told: a keyed hash stands in their place. */
  readonly hash: readonly string[]
  /** Records are kept for so many days. */
  readonly retentionDays: number
  /** The name of the one output, whose bare value is a prediction. */
  readonly onlyOutput?: string
}

const usual = { mask: [], hash: [], retentionDays: 30 }

/**
 * @param capture of a manifest: one that was kept before there was more to say has a share and nothing else
 * @returns undefined where nothing of a version is recorded
 */
export function capturePlan(
  capture: Pick<CapturePlan, 'samplePercent'> & Partial<CapturePlan>,
  signature: Signature | undefined,
): CapturePlan | undefined {
  if (capture.samplePercent === 0) return undefined
  const [output, another] = signature?.outputs ?? []
  return {
    ...usual,
    ...capture,
    ...(output !== undefined && another === undefined && { onlyOutput: output.name }),
  }
}

/** Whether a call is recorded. @param draw in [0, 1) */
export function isSampled({ samplePercent }: Pick<CapturePlan, 'samplePercent'>, draw: number): boolean {
  return draw * 100 < samplePercent
}

/**
 * Who asks for records is not to learn months later that there are none.
 * @param recordsCalls whether the platform records any @throws Problem `recording-off`
 */
export function refuseUnrecorded(
  { samplePercent }: Pick<CapturePlan, 'samplePercent'>,
  recordsCalls: boolean,
): void {
  if (recordsCalls || samplePercent === 0) return
  throw new Problem(
    'recording-off',
    `the manifest asks for ${samplePercent} % of calls to be recorded, and this platform records none (capture: false); leave capture.samplePercent out, or release it to a platform that records calls`,
    [{ pointer: '/capture/samplePercent', found: String(samplePercent), allowed: '0' }],
  )
}

/**
 * What is to be hidden must be there to be hidden: a name with a fault in it would let through what nobody may keep.
 * @param signature undefined where a container does not say what it takes
 * @throws Problem `manifest-invalid`
 */
export function refuseUnhideable(
  { mask, hash }: Pick<CapturePlan, 'mask' | 'hash'>,
  signature: Signature | undefined,
): void {
  const fields = signature === undefined ? [] : [...signature.inputs, ...signature.outputs]
  const names = fields.map(({ name }) => name)
  const findings = Object.entries({ mask, hash }).flatMap(([key, hidden]) =>
    hidden.flatMap((name, i) =>
      names.includes(name)
        ? []
        : [{ pointer: `/capture/${key}/${i}`, found: name, allowed: names.join(', ') || 'nothing' }],
    ),
  )
  if (findings.length === 0) return
  const unknown = findings.map(({ found }) => `'${found}'`).join(', ')
  throw new Problem(
    'manifest-invalid',
    signature === undefined
      ? `capture hides ${unknown}, and the version does not say what it takes: write its signature, or leave mask and hash out`
      : `capture hides ${counted(findings.length, 'field')} that the signature does not have: ${unknown}; it has ${names.join(', ')}`,
    findings,
  )
}
