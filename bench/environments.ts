/**
 * What environments cost where many versions ask for the same packages: one model of scikit-learn in twenty versions,
 * each of bytes of its own, pushed one after the other into a new home; and beside it what a venv for every version
 * would take, made by pip. `npm run bench:environments -- [--versions 20] [--venvs 2] [--json]`. Linux.
 *
 * uv and pip begin with empty caches, so that the first of each gets everything from the package index; `--venvs 0`
 * leaves pip out.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Pushed, pushVersions, type Venv, venvsByPip } from './harness/environment-fleet.ts'
import { columns, median, plain } from './harness/figures.ts'
import { preparePeers } from './harness/peer-stacks.ts'
import { loadLine, machineLoad, say, wholeNumber } from './harness/talk.ts'

const { values: flags } = parseArgs({
  options: {
    versions: { type: 'string', default: '20' },
    venvs: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  },
})
const versions = wholeNumber('--versions', flags.versions, 2)
const venvs = wholeNumber('--venvs', flags.venvs, 0)

type Row = readonly [what: string, value: number, unit: string]

function rowsOf(pushed: readonly Pushed[], made: readonly Venv[]): Row[] {
  const [first, ...later] = pushed
  const last = later.at(-1)
  if (first === undefined || last === undefined) throw new Error('fewer than two versions were pushed')
  return [
    ['push → READY, the first', first.seconds, 's'],
    ['push → READY, median of the others', median(later.map(({ seconds }) => seconds)), 's'],
    [`push → READY, number ${pushed.length}`, last.seconds, 's'],
    ['environments after the first', first.environments, ''],
    [`environments after ${pushed.length}`, last.environments, ''],
    ['disk of environments/ after the first', first.megabytes, 'MB'],
    [`disk of environments/ after ${pushed.length}`, last.megabytes, 'MB'],
    ...venvRows(made, pushed.length),
  ]
}

/** Of a venv for every version only the first few are made: the others would be as the last of these. */
function venvRows(made: readonly Venv[], count: number): Row[] {
  const [first] = made
  const last = made.at(-1)
  if (first === undefined || last === undefined) return []
  const asMany = (of: (venv: Venv) => number) =>
    made.reduce((sum, venv) => sum + of(venv), 0) + (count - made.length) * of(last)
  return [
    ['venv and pip install, the first', first.seconds, 's'],
    ...(made.length > 1
      ? ([[`venv and pip install, number ${made.length}, from pip's cache`, last.seconds, 's']] as const)
      : []),
    ['disk of one venv', last.megabytes, 'MB'],
    [`${count} venvs, reckoned: time`, asMany(({ seconds }) => seconds), 's'],
    [`${count} venvs, reckoned: disk`, asMany(({ megabytes }) => megabytes), 'MB'],
  ]
}

const loadBefore = machineLoad()
const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
try {
  const peers = await preparePeers()
  const pushed = await pushVersions(folder, peers, versions, say)
  const made = await venvsByPip(folder, peers, Math.min(venvs, versions), say)
  const load = { before: loadBefore, after: machineLoad() }
  const rows = rowsOf(pushed, made)
  if (flags.json) {
    const figures = rows.map(([what, value, unit]) => ({ what, value, unit }))
    console.log(JSON.stringify({ versions, machineLoad: load, figures, pushed, venvs: made }))
  } else {
    const cells = rows.map(([what, value, unit]) => [what, plain(value), unit])
    console.log(columns(['', 'measured', ''], cells))
    console.log(`\n${loadLine(load)}`)
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
