/**
 * What a thousand released versions cost beside one: memory, start time, lists and routes, all by the public command,
 * files dropped into the store, and HTTP. `npm run bench:thousand -- [--versions 1000] [--shape one-model|many-models]
 * [--accepted] [--json]`. Linux.
 *
 * With `--accepted` every version of the one model is promoted in turn first, so that a range chooses among them all.
 * Every version has bytes of its own. To see where the time goes, give every process a profile:
 * `NODE_OPTIONS="--cpu-prof --cpu-prof-dir=/tmp/profiles" npm run bench:thousand`.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { columns, plain } from './harness/figures.ts'
import { fleetOf, type Shape, shapes } from './harness/fleet.ts'
import { type Figures, measureFleets } from './harness/fleet-figures.ts'
import { loadLine, machineLoad } from './harness/talk.ts'

const { values: flags } = parseArgs({
  options: {
    versions: { type: 'string', default: '1000' },
    shape: { type: 'string' },
    accepted: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})

/** A platform with one version and one with many, in one run. */
async function measured(shape: Shape, count: number): Promise<{ one: Figures; many: Figures }> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  // Versions of one model only: where each has a model of its own, each is accepted already.
  const accepted = flags.accepted && shape === 'one-model'
  const housed = [1, count].map((versions) => ({
    fleet: fleetOf(shape, versions),
    home: join(folder, `${versions}`),
    accepted,
  }))
  try {
    const say = (line: string) => process.stderr.write(`${shape}, ${line}\n`)
    const [one = {}, many = {}] = await measureFleets(housed, say)
    return { one, many }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function shapesAsked(): readonly Shape[] {
  const asked = shapes.filter((shape) => flags.shape === undefined || shape === flags.shape)
  if (asked.length > 0) return asked
  throw new Error(`--shape is '${flags.shape}', and allowed are ${shapes.join(' and ')}`)
}

function countAsked(): number {
  const count = Number(flags.versions)
  if (Number.isInteger(count) && count > 1) return count
  throw new Error(`--versions is '${flags.versions}', and allowed is a whole number from 2`)
}

function print(shape: Shape, count: number, one: Figures, many: Figures): void {
  const rows = Object.entries(many).map(([what, value]) => {
    const alone = one[what] ?? Number.NaN
    return [what, plain(alone), plain(value), plain(value / alone)]
  })
  const title = shape === 'one-model' ? `one model, ${count} versions` : `${count} models, one version each`
  console.log(`\n${title}`)
  console.log(columns(['', '1', plain(count), 'ratio'], rows))
}

const count = countAsked()
const asked = shapesAsked()
const loadBefore = machineLoad()
const results: Record<string, { readonly one: Figures; readonly many: Figures }> = {}
for (const shape of asked) {
  const { one, many } = await measured(shape, count)
  results[shape] = { one, many }
  if (!flags.json) print(shape, count, one, many)
}
const load = { before: loadBefore, after: machineLoad() }
if (flags.json) console.log(JSON.stringify({ versions: count, machineLoad: load, shapes: results }))
else console.log(`\n${loadLine(load)}`)
