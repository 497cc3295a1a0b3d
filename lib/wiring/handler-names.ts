import type { Machine } from '../rules/operation.ts'

/**
 * Every step, by the machine that calls it: the name of its function, of its handler, and of its task in the state
 * machine's metadata. Spelt once, for the constructs that make the functions and the worlds that fill them.
 */
export const stepNames = {
  release: [
    'claimVersion',
    'freezeArtifact',
    'inspectArtifact',
    'packImage',
    'createEndpoint',
    'checkEndpoint',
    'proveVersion',
    'markReady',
    'startPromotion',
    'closeRelease',
    'failRelease',
  ],
  promotion: [
    'openPromotion',
    'judgeCanary',
    'advanceRollout',
    'returnTraffic',
    'closePromotion',
    'continuePromotion',
    'abortPromotion',
  ],
  rollback: ['probeTarget', 'closeRollback', 'failRollback'],
  retirement: ['retireVersion', 'removeEndpoint', 'closeRetirement', 'failRetirement'],
} as const satisfies Record<Machine, readonly string[]>

export type StepName = (typeof stepNames)[Machine][number]

/** The CloudFormation metadata that names a function's step and a state machine's kind, whatever its logical id. */
export const stepMetadata = 'sluice:step'
export const machineMetadata = 'sluice:machine'

/** How long a step may take, in seconds: its task and its function alike. */
export function stepSeconds(step: StepName): number {
  return longSteps[step] ?? 60
}

/** Those that read, copy or try whole models. A Lambda function may take 900 s. */
const longSteps: { readonly [step in StepName]?: number } = {
  freezeArtifact: 900,
  inspectArtifact: 300,
  packImage: 900,
  createEndpoint: 300,
  proveVersion: 900,
  // Recorded requests may be replayed before the first traffic.
  openPromotion: 120,
}
