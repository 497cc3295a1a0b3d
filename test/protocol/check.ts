/**
 * Walk through the protocol: `npm run test:protocol [-- --json]`. Every state that registry, machines, hosts, people and
 * the sweeper can get into in small worlds, with the real rules in the transitions; each state is held to the promises of
 * DESIGN section 5. Then each protection is taken away in turn, and something must find it.
 */
import { parseArgs } from 'node:util'
import { Threads } from '../harness/threads.ts'
import { promises } from './promises.ts'
import { partly, redundant, scenarios, small } from './scenarios.ts'
import type { Walk, Walked } from './worker.ts'
import { type Protection, protections, type Scenario } from './world.ts'

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, only: { type: 'string' }, without: { type: 'string' } },
})
const leastStates = 1_000_000

const threads = new Threads<Walk, Walked>(new URL('./worker.ts', import.meta.url))

/** Walk through a world on the next thread that is free. */
const walk = (scenario: Scenario, without: readonly Protection[] = []) => threads.run({ scenario, without })

const say = (line: string) => {
  if (!values.json) console.log(line)
}

interface Mutant {
  readonly without: readonly Protection[]
  readonly scenario?: string
  readonly promise?: string
  readonly trace?: readonly string[]
}

/** The first small world in which a promise breaks without these protections. */
async function mutant(...without: Protection[]): Promise<Mutant> {
  const own = without.length === 1 && without[0] !== undefined ? partly[without[0]] : undefined
  for (const scenario of own === undefined ? small : [own]) {
    const { violation } = await walk(scenario, without)
    if (violation !== undefined) return { without, scenario: scenario.name, ...violation }
  }
  return { without }
}

async function checked() {
  // The large ones first, so that neither thread is left with one of them at the end.
  const walks = scenarios.toReversed().map(async (scenario) => ({ scenario, ...(await walk(scenario)) }))
  const mutants = (Object.keys(protections) as Protection[]).map(async (protection) => {
    const alone = await mutant(protection)
    const beside = redundant[protection]?.beside
    const together =
      alone.promise === undefined && beside !== undefined ? await mutant(protection, ...beside) : undefined
    return { protection, alone, together }
  })
  return { worlds: (await Promise.all(walks)).toReversed(), mutants: await Promise.all(mutants) }
}

async function one(name: string): Promise<number> {
  const scenario = scenarios.find((each) => each.name === name)
  if (scenario === undefined)
    throw new Error(
      `there is no scenario '${name}'; there are: ${scenarios.map((each) => each.name).join(', ')}`,
    )
  const without = (values.without?.split(',') ?? []) as Protection[]
  const { states, violation } = await walk(scenario, without)
  console.log(
    `${name}: ${states} states, ${violation === undefined ? 'no violation' : `violates ${promises[violation.promise]}`}`,
  )
  for (const line of violation?.trace ?? []) console.log(`  ${line}`)
  return violation === undefined ? 0 : 1
}

async function all(): Promise<number> {
  const startedAt = performance.now()
  say('Promises, by their rule in DESIGN section 5:')
  for (const told of Object.values(promises)) say(`  ${told}`)
  const { worlds, mutants } = await checked()
  const seconds = (performance.now() - startedAt) / 1000
  say(
    `\n${'world'.padEnd(36)}${'states'.padStart(10)}${'transitions'.padStart(13)}${'depth'.padStart(7)}${'s'.padStart(7)}`,
  )
  for (const { scenario, states, transitions, depth, seconds: took, violation } of worlds) {
    say(
      `${scenario.name.padEnd(36)}${`${states}`.padStart(10)}${`${transitions}`.padStart(13)}${`${depth}`.padStart(7)}${took.toFixed(1).padStart(7)}  ${violation === undefined ? 'holds' : `VIOLATES ${promises[violation.promise]}`}`,
    )
    for (const line of violation?.trace ?? []) say(`    ${line}`)
  }
  say(`\n${'without'.padEnd(20)}found by`)
  const found = mutants.map(({ protection, alone, together }) => {
    const by = (caught: Mutant) =>
      `${caught.promise} in '${caught.scenario}', ${caught.trace?.length} transitions`
    const beside = redundant[protection]
    const isFound = alone.promise !== undefined || together?.promise !== undefined
    const told =
      alone.promise !== undefined
        ? by(alone)
        : together?.promise !== undefined
          ? `redundant: ${beside?.because}; without ${beside?.beside.join(', ')} too: ${by(together)}`
          : 'NOTHING FINDS IT'
    say(`${protection.padEnd(20)}${told}`)
    return isFound
  })
  const states = worlds.reduce((sum, world) => sum + world.states, 0)
  const violations = worlds.filter(({ violation }) => violation !== undefined).length
  const caught = found.filter(Boolean).length
  const holds = violations === 0 && caught === found.length && states >= leastStates
  say(
    `\n${states} distinct states (at least ${leastStates}), ${violations} violations; ${caught} of ${found.length} protections found missing; ${seconds.toFixed(0)} s`,
  )
  if (values.json)
    console.log(
      JSON.stringify(
        { holds, states, violations, seconds, promises, protections, worlds, mutants },
        undefined,
        2,
      ),
    )
  return holds ? 0 : 1
}

process.exitCode = await (values.only === undefined ? all() : one(values.only))
threads.release()
