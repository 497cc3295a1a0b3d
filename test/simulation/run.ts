/**
 * Live a thousand days in two minutes: `npm run sim -- [--seed N] [--days D] [--replay] [--plant NAME]`. The real steps,
 * router, sweeper and monitoring on the machines out of the template, on a platform in memory with a virtual clock, while
 * ports fail, processes die and executions are stopped. Every life has a seed of its own, made of the one given; a life
 * runs again with --seed and --days. --replay lives every life twice. --plant breaks something by hand, and must be seen.
 */
import { parseArgs } from 'node:util'
import { machinesOfTemplate } from '../harness/machines.ts'
import { Threads, threadCount } from '../harness/threads.ts'
import type { Life } from './life.ts'
import { plantNamed } from './plants.ts'
import type { Birth, Lived } from './worker.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    days: { type: 'string', default: '1000' },
    replay: { type: 'boolean', default: false },
    plant: { type: 'string' },
  },
})
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
const plant = values.plant === undefined ? undefined : plantNamed(values.plant)

/** As long as a life lasts, so that its history stays as long as one that people have. */
const daysOfLife = 12

const days = Number(values.days)
const births: Birth[] = Array.from({ length: Math.ceil(days / daysOfLife) }, (_, i) => ({
  seed: seed + i,
  days: Math.min(daysOfLife, days - i * daysOfLife),
  ...(plant !== undefined && { plant }),
}))

let violations = 0
let lived = 0
let events = 0
let replayed = 0
const counts = new Map<string, number>()
const traces = new Map<number, string>()

/** A life that was lived before must be the same, event for event; any other adds to the figures. */
function take({ seed, days, life }: Lived): void {
  const before = traces.get(seed)
  if (before === undefined) {
    add(seed, days, life)
    return
  }
  replayed += 1
  if (before === life.trace) return
  violations += 1
  console.log(`the life of seed ${seed} was not the same again: trace ${before}, then ${life.trace}`)
}

function add(seed: number, days: number, life: Life): void {
  traces.set(seed, life.trace)
  lived += days
  events += life.events
  for (const [what, count] of life.counts) counts.set(what, (counts.get(what) ?? 0) + count)
  for (const { day, what, last } of life.violations) {
    violations += 1
    console.log(`VIOLATED on day ${day} of the life of seed ${seed}: ${what}`)
    if (violations === 1) console.log(`what happened before it:\n${last.map((line) => `  ${line}`).join('')}`)
  }
}

const threads = new Threads<Birth, Lived>(new URL('./worker.ts', import.meta.url), await machinesOfTemplate())
const began = performance.now()

/** Live every life, as long as no promise is broken. @returns how long that took, seconds */
async function all(): Promise<string> {
  const left = [...births]
  const inTurn = async () => {
    for (let next = left.shift(); next !== undefined && violations === 0; next = left.shift())
      take(await threads.run(next))
  }
  await Promise.all(Array.from({ length: threadCount }, inTurn))
  return ((performance.now() - began) / 1000).toFixed(1)
}
const seconds = await all()
if (values.replay && violations === 0) await all()
threads.release()

for (const [what, count] of [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  console.log(`${String(count).padStart(8)}  ${what}`)
console.log(`seed ${seed}: ${lived} days, ${events} events in ${seconds} s, ${violations} violations`)
if (values.replay) console.log(`${replayed} of ${births.length} lives were lived again, event for event`)
process.exitCode = violations === 0 ? 0 : 1
