import type { StepName } from '../../lib/wiring/handler-names.ts'
import type { Fault, FaultPlan } from '../harness/memory-world/faults.ts'
import type { StepFault } from '../harness/memory-world/memory-world.ts'
import type { Chance } from '../refusals/fuzz/mutations.ts'

/** How often each thing goes wrong, in calls of a port. */
const rates: Readonly<Record<Fault, number>> = {
  throttle: 0.008,
  'error-after': 0.005,
  'timeout-after': 0.002,
  slow: 0.001,
  'sent-twice': 0.006,
  stale: 0.02,
  kill: 0.002,
  'kill-after': 0.002,
}

/** What goes wrong, drawn from the seed. */
export function faultPlan(chance: Chance, isQuiet: () => boolean): FaultPlan {
  const entries = Object.entries(rates) as [Fault, number][]
  return () => {
    if (isQuiet()) return undefined
    let left = chance.draw()
    for (const [fault, rate] of entries) {
      left -= rate
      if (left < 0) return fault
    }
    return undefined
  }
}

/** What goes wrong with whole steps: the answer is lost, or the step is called twice at the same time. */
export function stepPlan(chance: Chance, isQuiet: () => boolean): (step: StepName) => StepFault | undefined {
  return () => {
    if (isQuiet()) return undefined
    const drawn = chance.draw()
    if (drawn < 0.01) return 'twice'
    if (drawn < 0.02) return { after: new Error('the answer of the function was lost') }
    return drawn < 0.03 ? { before: new Error('the function could not be called') } : undefined
  }
}
