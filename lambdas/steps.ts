import type { StepName } from '../lib/wiring/handler-names.ts'
import { failOperation } from './fail-operation.ts'
import type { Ports } from './ports.ts'
import { abortPromotion } from './promotion/abort-promotion.ts'
import { advanceRollout } from './promotion/advance-rollout.ts'
import { closePromotion } from './promotion/close-promotion.ts'
import { continuePromotion } from './promotion/continue-promotion.ts'
import { judgeCanary } from './promotion/judge-canary.ts'
import { openPromotion } from './promotion/open-promotion.ts'
import { returnTraffic } from './promotion/return-traffic.ts'
import { checkEndpoint } from './release/check-endpoint.ts'
import { claimVersion } from './release/claim-version.ts'
import { closeRelease } from './release/close-release.ts'
import { createEndpoint } from './release/create-endpoint.ts'
import { failRelease } from './release/fail-release.ts'
import { freezeArtifact } from './release/freeze-artifact.ts'
import { inspectArtifact } from './release/inspect-artifact.ts'
import { markReady } from './release/mark-ready.ts'
import { packImage } from './release/pack-image.ts'
import { proveVersion } from './release/prove-version.ts'
import { startPromotion } from './release/start-promotion.ts'
import { closeRetirement } from './retirement/close-retirement.ts'
import { removeEndpoint } from './retirement/remove-endpoint.ts'
import { retireVersion } from './retirement/retire-version.ts'
import { closeRollback } from './rollback/close-rollback.ts'
import { probeTarget } from './rollback/probe-target.ts'
import type { Step, StepInput } from './step.ts'

/** A step as a machine calls it: what it reads beside the operation was put together by the machine. */
export type AnyStep = Step<StepInput & Record<string, unknown>>

/** Every step of every machine, over the ports of one world. */
export function stepsOver(ports: Ports): Readonly<Record<StepName, AnyStep>> {
  const steps = {
    claimVersion: claimVersion(ports),
    freezeArtifact: freezeArtifact(ports),
    inspectArtifact: inspectArtifact(ports),
    packImage: packImage(ports),
    createEndpoint: createEndpoint(ports),
    checkEndpoint: checkEndpoint(ports),
    proveVersion: proveVersion(ports),
    markReady: markReady(ports),
    startPromotion: startPromotion(ports),
    closeRelease: closeRelease(ports),
    failRelease: failRelease(ports),
    openPromotion: openPromotion(ports),
    judgeCanary: judgeCanary(ports),
    advanceRollout: advanceRollout(ports),
    returnTraffic: returnTraffic(ports),
    closePromotion: closePromotion(ports),
    continuePromotion: continuePromotion(ports),
    abortPromotion: abortPromotion(ports),
    probeTarget: probeTarget(ports),
    closeRollback: closeRollback(ports),
    failRollback: failOperation(ports),
    retireVersion: retireVersion(ports),
    removeEndpoint: removeEndpoint(ports),
    closeRetirement: closeRetirement(ports),
    failRetirement: failOperation(ports),
  }
  return steps as unknown as Record<StepName, AnyStep>
}
