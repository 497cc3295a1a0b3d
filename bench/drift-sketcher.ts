/**
 * One measured run of the rules of drift, in a process of its own: `node bench/drift-sketcher.ts binary|lines FILE ROWS
 * [BASELINE]`. Sketches the rows of a file and, where a baseline is named, judges them; says what it took.
 */
import { createReadStream } from 'node:fs'
import { open, readFile, writeFile } from 'node:fs/promises'
import { judgeDrift } from '../lib/rules/drift/judge-drift.ts'
import { addColumns } from '../lib/rules/drift/number-columns.ts'
import { parseSketch, toJson } from '../lib/rules/drift/sketch-json.ts'
import { addRecord, emptySketch, type VersionSketch } from '../lib/rules/drift/version-sketch.ts'
import type { Signature } from '../lib/rules/signature.ts'
import { driftFeatures } from './harness/drift-rows.ts'

const [form, file = '', rowsText, baselineFile] = process.argv.slice(2)
const rows = Number(rowsText)
const blockRows = 16_384
const signature: Signature = {
  inputs: Array.from({ length: driftFeatures }, (_, i) => ({ name: `f${i}`, type: 'float32', shape: [] })),
  outputs: [{ name: 'prediction', type: 'float32', shape: [] }],
}

async function fromBinary(sketch: VersionSketch): Promise<void> {
  const names = sketch.columns.map(({ name }) => name)
  const blocks = names.map(() => new Float32Array(blockRows))
  const handle = await open(file)
  for (let from = 0; from < rows; from += blockRows) {
    const count = Math.min(blockRows, rows - from)
    for (const [i, block] of blocks.entries())
      await handle.read(new Uint8Array(block.buffer), 0, 4 * count, 4 * (i * rows + from))
    addColumns(
      sketch,
      Object.fromEntries(
        names.map((name, i) => [name, (blocks[i] ?? new Float32Array()).subarray(0, count)]),
      ),
    )
  }
  await handle.close()
}

async function fromLines(sketch: VersionSketch): Promise<void> {
  let rest = ''
  for await (const chunk of createReadStream(file, { encoding: 'utf8', highWaterMark: 2 ** 16 })) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const { inputs, prediction } = JSON.parse(line) as {
        readonly inputs: unknown
        readonly prediction: unknown
      }
      addRecord(sketch, inputs, prediction)
    }
  }
}

const started = performance.now()
const before = process.cpuUsage()
const sketch = emptySketch(signature)
if (form === 'binary') await fromBinary(sketch)
else await fromLines(sketch)
if (sketch.rows !== rows) throw new Error(`${file} has ${sketch.rows} rows, and should have ${rows}`)
const text = JSON.stringify(toJson(sketch))
if (baselineFile === undefined) await writeFile(`${file}.sketch`, text)
const report =
  baselineFile === undefined
    ? undefined
    : judgeDrift({
        signature,
        baseline: parseSketch(await readFile(baselineFile, 'utf8'), signature),
        current: sketch,
      })
const { user, system } = process.cpuUsage(before)
console.log(
  JSON.stringify({
    cpuSeconds: (user + system) / 1e6,
    seconds: (performance.now() - started) / 1000,
    peakMb: process.resourceUsage().maxRSS / 1024,
    drifted: report?.features.filter(({ verdict }) => verdict === 'drifted').length,
    sketchKb: text.length / 1024,
  }),
)
