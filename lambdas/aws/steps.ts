import { leavingError } from '../step.ts'
import { type AnyStep, stepsOver } from '../steps.ts'
import { awsPorts } from './ports.ts'

const steps = Object.entries(stepsOver(awsPorts())).map(([name, step]) => [name, asHandler(step)] as const)

/** One function of the platform runs each of these; `lib/wiring/handler-names` has the same names. */
export const {
  claimVersion,
  freezeArtifact,
  inspectArtifact,
  packImage,
  createEndpoint,
  checkEndpoint,
  proveVersion,
  markReady,
  startPromotion,
  closeRelease,
  failRelease,
  openPromotion,
  judgeCanary,
  advanceRollout,
  returnTraffic,
  closePromotion,
  continuePromotion,
  abortPromotion,
  probeTarget,
  closeRollback,
  failRollback,
  retireVersion,
  removeEndpoint,
  closeRetirement,
  failRetirement,
} = Object.fromEntries(steps)

function asHandler(step: AnyStep): AnyStep {
  return async (input) => {
    try {
      return await step(input)
    } catch (error) {
      throw leavingError(error)
    }
  }
}
