/**
 * Live a thousand days in two minutes: `npm run sim -- [--seed N] [--days D] [--replay]`. The real steps, router and
 * monitoring on the machines out of the template, on a platform in memory with a virtual clock, while ports fail and
 * processes die. Every life has a seed of its own, made of the one given; a life runs again with --seed and --days.
 */
import { parseArgs } from 'node:util'
import { machinesOfTemplate } from '../harness/machines.ts'
import { type Life, live } from './life.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    days: { type: 'string' },
    replay: { type: 'boolean' },
  },
})
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
const days = Number(values.days ?? 1000)

/** As long as a life lasts, so that its history stays as long as one that people have. */
const daysOfLife = 12

const machines = await machinesOfTemplate()
const began = performance.now()
const counts = new Map<string, number>()
let lived = 0
let events = 0
let violations = 0
let first: Life | undefined
for (let life = 0; lived < days && violations === 0; life += 1) {
  const length = Math.min(daysOfLife, days - lived)
  const mine = await live(machines, seed + life, length)
  first ??= mine
  lived += length
  events += mine.events
  for (const [what, count] of mine.counts) counts.set(what, (counts.get(what) ?? 0) + count)
  for (const { day, what, last } of mine.violations) {
    violations += 1
    console.log(`VIOLATED on day ${day} of the life of seed ${seed + life}: ${what}`)
    if (violations === 1) console.log(`what happened before it:\n${last.map((line) => `  ${line}`).join('')}`)
  }
}
const seconds = ((performance.now() - began) / 1000).toFixed(1)
for (const [what, count] of [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  console.log(`${String(count).padStart(8)}  ${what}`)
console.log(`seed ${seed}: ${lived} days, ${events} events in ${seconds} s, ${violations} violations`)
if (values.replay === true && first !== undefined && violations === 0) {
  const again = await live(machines, seed, first.days)
  console.log(`the first life: trace ${first.trace}`)
  console.log(`lived again:    trace ${again.trace}`)
  if (again.trace !== first.trace) violations += 1
}
process.exitCode = violations === 0 ? 0 : 1
