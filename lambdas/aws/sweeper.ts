import { type Patience, type Repair, usualPatience } from '../../lib/rules/reconcile.ts'
import { reconcile } from '../monitoring/reconcile.ts'
import { awsPorts } from './ports.ts'

const ports = awsPorts()

/** Ends well within the function's own 15 minutes: the last thing that it began may take some. */
const limits = { forMs: 10 * 60 * 1000, atOnce: 4 }

interface Swept {
  readonly repairs: readonly Repair[]
  readonly broken: readonly string[]
  readonly left: number
}

interface Asked {
  readonly dryRun?: boolean
  /** What is not waited for: every act is conditional on what was seen, so that less only means more looks. */
  readonly patience?: Partial<Patience>
}

/** The schedule that mends what dead machines left, and whoever calls the function to see what it would do, or cannot wait. */
export async function handler({ dryRun = false, patience = {} }: Asked = {}): Promise<Swept> {
  const asked = { ...limits, dryRun, patience: { ...usualPatience, ...patience } }
  const { repairs, broken, left } = await reconcile(ports, asked)
  for (const { found, did } of repairs) console.warn(`${dryRun ? 'to repair' : 'repaired'}: ${found}: ${did}`)
  for (const one of broken) console.error(`could not be repaired: ${one}`)
  console.info(JSON.stringify({ repairs: repairs.length, broken: broken.length, left }))
  // What a function answers must be small, and the log has all of it.
  return { repairs: repairs.slice(0, 50), broken: broken.slice(0, 20), left }
}
