/**
 * Send inputs that nobody would to a platform, and look at every answer: `npm run fuzz -- [--count N] [--seed S]`.
 * A third are manifests, a third paths, a third bodies; good inputs, changed. Every input is made of the seed and its
 * number alone: `--seed S --from N --count 1` does one again.
 */
import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startPlatform } from '../bench/harness/processes.ts'
import { inspect } from '../lambdas/release/inspect-artifact.ts'
import { isProblem } from '../lib/rules/problem.ts'
import { echoModel, timesModel } from '../test/harness/onnx-models.ts'
import { bodyInput, manifestInput, pathInput } from '../test/refusals/fuzz/inputs.ts'
import { type Fault, judged, judgedProblem } from '../test/refusals/fuzz/judge.ts'
import { KeepAlive } from '../test/refusals/fuzz/keep-alive.ts'
import { Chance } from '../test/refusals/fuzz/mutations.ts'

const { values } = parseArgs({
  options: { count: { type: 'string' }, seed: { type: 'string' }, from: { type: 'string' } },
})
const count = Number(values.count ?? 200_000)
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
const from = Number(values.from ?? 0)

const callers = 12
/** What the platform may grow by after its first tenth, MiB: caches are full by then. */
const mostGrowthMb = 300

const model = timesModel(2)
const codes = new Map<string, number>()
const sums = new Map<Fault, number>([
  ['crash', 0],
  ['5xx', 0],
  ['invalid problem document', 0],
  ['leak', 0],
])
const shown: string[] = []

process.emitWarning = () => {}
console.log(`seed ${seed}, ${count} inputs from ${from}`)
const platform = await startPlatform()
// Whatever ends this process, the platform ends with it.
process.once('exit', () => {
  try {
    process.kill(platform.pid)
  } catch {
    // It has ended already, as it should have.
  }
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
const started = performance.now()
await release()
let done = 0
let warmMb = 0
const connections = Array.from({ length: callers }, () => new KeepAlive(platform.url))
const next = numbers(from, count)
await Promise.all(connections.map(work))
connections.forEach((connection) => {
  connection.close()
})

const grownMb = rssMb() - warmMb
const alive = await stillAnswers()
await platform.stop()
for (const [code, times] of [...codes].toSorted((a, b) => b[1] - a[1]))
  console.log(`${String(times).padStart(8)}  ${code}`)
for (const line of shown) console.log(line)
console.log(
  `${((performance.now() - started) / 1000).toFixed(0)} s; the platform grew by ${grownMb.toFixed(0)} MiB after its first tenth, and ${alive ? 'answers' : 'does NOT answer'} a good request`,
)
const [crashes, failures, invalid, leaks] = [...sums.values()]
console.log(
  `${done} inputs: ${crashes} crashes, ${failures} 5xx, ${invalid} invalid problem documents, ${leaks} leaks`,
)
const clean = [...sums.values()].every((sum) => sum === 0) && alive && grownMb < mostGrowthMb
process.exitCode = clean ? 0 : 1

/** Each number once, to whoever asks next. */
function* numbers(first: number, many: number): Generator<number> {
  for (let i = first; i < first + many; i += 1) yield i
}

async function work(connection: KeepAlive): Promise<void> {
  for (const i of next) {
    await one(i, connection)
    done += 1
    if (done === Math.ceil(count / 10)) warmMb = rssMb()
    if (done % 500 === 0) progress()
  }
}

/** Do one input. */
async function one(i: number, connection: KeepAlive): Promise<void> {
  const chance = new Chance(seed ^ Math.imul(i + 1, 0x9e3779b1))
  if (i % 3 === 0) return look(i, await inspected(manifestInput(chance)))
  const { bytes } = i % 3 === 1 ? pathInput(chance) : bodyInput(chance)
  try {
    look(i, judged(await connection.ask(bytes)))
  } catch (error) {
    look(i, { code: `no answer (${String(error)})`, faults: ['crash'] })
  }
}

/** A manifest beside a good model, inspected as a release does. */
async function inspected(text: string): Promise<ReturnType<typeof judged>> {
  const bytes = { 'model.yaml': Buffer.from(text), 'model.onnx': model } as const
  const files = Object.keys(bytes).map((path) => ({ path }))
  try {
    await inspect(
      { model: 'churn', version: '1.4.0' },
      files,
      async (path) => bytes[path as keyof typeof bytes],
    )
    return { code: 'manifest taken', faults: [] }
  } catch (error) {
    return isProblem(error) ? judgedProblem(error) : { code: `${String(error)}`, faults: ['crash'] }
  }
}

function look(i: number, { code, faults }: ReturnType<typeof judged>): void {
  codes.set(code, (codes.get(code) ?? 0) + 1)
  for (const fault of faults) sums.set(fault, (sums.get(fault) ?? 0) + 1)
  if (faults.length > 0 && shown.length < 20)
    shown.push(
      `${faults.join(', ')}: ${code}; again with: npm run fuzz -- --seed ${seed} --from ${i} --count 1`,
    )
}

function progress(): void {
  const rate = done / ((performance.now() - started) / 1000)
  const bad = [...sums.values()].reduce((sum, one) => sum + one, 0)
  const line = `${done} of ${count} inputs, ${rate.toFixed(0)} a second, ${bad} faults`
  if (process.stderr.isTTY) process.stderr.write(`\r${line}`)
  else if (done % Math.max(500, Math.ceil(count / 10 / 500) * 500) === 0) process.stderr.write(`${line}\n`)
}

/** Release a model of each kind of signature, and wait until all are live. */
async function release(): Promise<void> {
  const releases = {
    alpha: timesModel(2),
    churn: echoModel(
      { name: 'tenure', type: 'float32' },
      { name: 'plan', type: 'string' },
      { name: 'visits', type: 'int64' },
    ),
    image: echoModel({ name: 'pixels', type: 'float32', shape: [2, 2] }),
    tokens: echoModel({ name: 'ids', type: 'float32', shape: ['n', 'm'] }),
  }
  for (const [name, bytes] of Object.entries(releases)) {
    const folder = join(platform.store, 'models', name)
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, '1.0.0.onnx'), bytes)
  }
  for (const name of Object.keys(releases)) while (!(await isLive(name))) await pause(50)
}

async function isLive(name: string): Promise<boolean> {
  const response = await fetch(`${platform.url}/models/${name}`)
  const { aliases } = (await response.json()) as { aliases?: { live?: unknown } }
  return aliases?.live !== undefined
}

async function stillAnswers(): Promise<boolean> {
  const response = await fetch(`${platform.url}/models/alpha/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"x": 4}',
  }).catch(() => undefined)
  return response !== undefined && (await response.text()) === '{"predictions":[8]}'
}

/** The memory that the platform's process holds, MiB. */
function rssMb(): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', `${platform.pid}`], { encoding: 'utf8' })) / 1024
}
