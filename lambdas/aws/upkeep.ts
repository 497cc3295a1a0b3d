import { type Tending, tendVersions } from '../monitoring/tend-versions.ts'
import { routingPorts } from './routing-ports.ts'

const ports = routingPorts()

/**
 * Ends well within the function's own 15 minutes. Ten probes at once are a hundredth of an account's environments; at
 * three seconds each a run looks at 2,000 versions, of 240,000 that are in turn within five days.
 */
const limits = { forMs: 10 * 60 * 1000, atOnce: 10, lookMs: 60_000 }

/** The schedule that keeps old versions awake, and parks what costs money and nobody needs. */
export async function handler(): Promise<Tending> {
  const tending = await tendVersions(ports, limits)
  for (const broken of tending.broken) console.error(`a version does not answer: ${broken}`)
  console.info(JSON.stringify({ ...tending, broken: tending.broken.length }))
  return { ...tending, broken: tending.broken.slice(0, 20) }
}
