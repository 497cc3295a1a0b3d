import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Operation } from '../../lib/rules/operation.ts'
import { KilledHome } from './killed-home.ts'
import { planOf } from './plan.ts'
import { PlatformProcess } from './platform-process.ts'

const kills = Number(process.env['SLUICE_CRASH_KILLS'] ?? 300)
const seed = Number(process.env['SLUICE_CRASH_SEED'] ?? Math.floor(Math.random() * 1e9))
/** Homes that are played side by side. */
const homes = 2
const tellEvery = 20

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-crash-'))
})
afterAll(() => PlatformProcess.killAll())
afterAll(() => rm(folder, { recursive: true, force: true }))

const tell = (line: string) => process.stderr.write(`${line}\n`)

test(
  `${kills} kills: nothing acknowledged is lost, no alias names what cannot answer, every operation has its outcome`,
  async () => {
    const again = `SLUICE_CRASH_SEED=${seed} SLUICE_CRASH_KILLS=${kills} npm run test:crash -- test/crash/kills`
    tell(`seed ${seed}; the same plan again: ${again}`)
    const ended = await Promise.allSettled(
      Array.from({ length: homes }, async (_, i) => {
        const home = await KilledHome.in(join(folder, `${i}`))
        const rounds = planOf(seed + i, Math.ceil(kills / homes))
        for (const [number, round] of rounds.entries()) {
          await home.play(round).catch((error) => fail(error, home, `home ${i}, round ${number}`, again))
          if ((number + 1) % tellEvery === 0) tell(`home ${i}: ${told(home)}`)
        }
        const operations = await home
          .settle()
          .catch((error) => fail(error, home, `home ${i}, at the end`, again))
        tell(`home ${i}: ${told(home)}; ${outcomes(operations)}`)
        return { home, operations }
      }),
    )
    const played = ended.map((one) => {
      if (one.status === 'rejected') throw one.reason
      return one.value
    })
    const total = (of: (home: KilledHome) => number) => played.reduce((sum, { home }) => sum + of(home), 0)
    expect(total((home) => home.kills)).toBeGreaterThanOrEqual(kills)
    tell(`both: ${outcomes(played.flatMap(({ operations }) => operations))}`)
    // A plan whose kills hit nothing would prove nothing.
    expect(total((home) => home.killsUnderWay)).toBeGreaterThan(kills / 3)
    expect(total((home) => home.acknowledged)).toBeGreaterThan(kills / 8)
  },
  kills * 6000 + 60_000,
)

function fail(error: unknown, home: KilledHome, where: string, again: string): never {
  const message = Error.isError(error) ? error.message : String(error)
  throw new Error(
    `${where}: ${message}\nthe same plan again: ${again}\nthe platform's log ends:\n${home.log}`,
    {
      cause: error,
    },
  )
}

function told({ kills: so, killsUnderWay, acknowledged, refused, answers }: KilledHome): string {
  const no = [...refused].map(([code, count]) => `${count} ${code}`).join(', ')
  return `${so} kills, ${killsUnderWay} of them with work under way; ${acknowledged} acknowledged, refused: ${no}; ${answers.right} right answers`
}

function outcomes(operations: readonly Operation[]): string {
  const counts = Object.entries(
    Object.groupBy(operations, ({ kind, state, problem }) =>
      [kind, state, ...(state === 'failed' ? [problem?.code] : [])].join(' '),
    ),
  )
  return `${operations.length} operations: ${counts.map(([name, list = []]) => `${list.length} ${name}`).join(', ')}`
}
