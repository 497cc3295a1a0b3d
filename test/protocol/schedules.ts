/**
 * Event schedules over the real steps: `npm run test:schedules -- [--count N] [--seed S] [--without PROTECTION]`. Uploads
 * are told of twice, late, in any order and with other content; steps die before and after what they do and are called
 * again; people promote and roll back meanwhile. Asked means: by a release's manifest, or by one request of a person; each
 * may move `live` to its version once, and back once. Every schedule is made of its seed alone.
 */
import { parseArgs } from 'node:util'
import { Threads } from '../harness/threads.ts'
import { type Protection, protections } from './lax-registry.ts'
import type { Scheduled } from './schedule.ts'
import type { Batch } from './schedules-worker.ts'

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    without: { type: 'string' },
  },
})
const without = values.without
if (without !== undefined && !Object.hasOwn(protections, without))
  throw new Error(`there is no protection '${without}'; there are: ${Object.keys(protections).join(', ')}`)

const [count, first] = [Number(values.count), Number(values.seed)]
const batchSize = 500
/** Enough to look into. */
const mostFaults = 5

const threads = new Threads<Batch, Scheduled[]>(new URL('./schedules-worker.ts', import.meta.url))
const startedAt = performance.now()
const [tally, faults] = [{ run: 0, moves: 0 }, [] as Scheduled[]]

async function take(batch: Batch): Promise<void> {
  const all = await threads.run(batch)
  tally.run += all.length
  for (const scheduled of all) {
    tally.moves += scheduled.moves
    if (scheduled.fault === undefined) continue
    faults.push(scheduled)
    console.log(`${scheduled.fault}; again with --seed ${scheduled.seed} --count 1; head ${scheduled.head}`)
  }
}

const batches = Array.from({ length: Math.ceil(count / batchSize) }, (_, i) => ({
  first: first + i * batchSize,
  count: Math.min(batchSize, count - i * batchSize),
  ...(without !== undefined && { without: without as Protection }),
}))
for (const lot of Map.groupBy(batches, ({ first: seed }) => Math.floor((seed - first) / 10_000)).values()) {
  if (faults.length < mostFaults) await Promise.all(lot.map(take))
  if (process.stderr.isTTY) process.stderr.write(`\r${tally.run} schedules `)
}
threads.release()

const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
console.log(
  `${tally.run} schedules from seed ${first}, ${tally.moves} moves: ${faults.length} broke a promise; ${seconds} s`,
)
process.exitCode = faults.length === 0 ? 0 : 1
