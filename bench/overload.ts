/**
 * What a platform does when it is asked for more than it can answer, and when a model hangs: an ONNX model of modest
 * capacity is offered ten times that, alone and beside a quick neighbour; then one of six models hangs.
 * `npm run bench:overload -- [--seconds 20] [--json]`. The platform has one core and the load another, where taskset is.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { loopModel, timesModel } from '../test/harness/onnx-models.ts'
import { onCore } from './harness/cores.ts'
import { type Aim, aimed, isReached, plain, quantile } from './harness/figures.ts'
import type { Sample, Stream } from './harness/load-generator.ts'
import { command, startPlatform } from './harness/processes.ts'
import { cores } from './harness/stack.ts'
import { loadLine, machineLoad, say, wholeNumber } from './harness/talk.ts'

const generator = join(import.meta.dirname, 'harness', 'load-generator.ts')
const predictionMs = 40
const times = 10
const warmUpSeconds = 1
const settleSeconds = 5
/** More callers that bring less than this are no more capacity. */
const growth = 1.03
const neighbourPerSecond = 50
const others = ['one', 'two', 'three', 'four', 'five'].map((name) => `other-${name}`)
const otherPerSecond = 20
const hungPerSecond = 2
const hungTimeoutSeconds = 3
const stuckRounds = 1e15

const { values: flags } = parseArgs({
  options: { seconds: { type: 'string', default: '20' }, json: { type: 'boolean', default: false } },
})
const seconds = wholeNumber('--seconds', flags.seconds, 3)
const [serversCore, loadCore] = availableParallelism() > 1 ? [cores.servers, cores.load] : []

type Figures = Record<string, { readonly value: number; readonly unit: string }>

/** A platform with the models that are asked, by the public command. */
async function releaseAll(url: string, folder: string): Promise<void> {
  const slow = join(folder, 'slow.onnx')
  await writeFile(slow, loopModel('sum'))
  await push(url, slow, 'slow')
  for (const [i, model] of ['quick', ...others].entries()) {
    const file = join(folder, `${model}.onnx`)
    await writeFile(file, timesModel(i + 2))
    await push(url, file, model)
  }
  const hung = await mkdtemp(join(folder, 'hung-'))
  await writeFile(join(hung, 'model.onnx'), loopModel())
  await writeFile(join(hung, 'model.yaml'), `host: {timeoutSeconds: ${hungTimeoutSeconds}}\n`)
  await push(url, hung, 'hung')
}

async function push(url: string, path: string, model: string): Promise<void> {
  const { done, document } = await command(url, 'push', path, '--model', model, '--version', '1.0.0')
  if (!done) throw new Error(`${model} was not released: ${JSON.stringify(document)}`)
}

/** Put streams on the platform at once. @returns what became of each request, without the first second */
async function load(...streams: readonly Stream[]): Promise<readonly (readonly Sample[])[]> {
  const [program, args] = onCore(loadCore, process.execPath, [generator, JSON.stringify(streams)])
  const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 1 << 28 })
  return (JSON.parse(stdout) as Sample[][]).map((samples) => samples.filter(({ at }) => at >= warmUpSeconds))
}

const answered = (samples: readonly Sample[]) => samples.filter(({ status }) => status === 200)
const p99Ms = (samples: readonly Sample[]) =>
  quantile(
    samples.map(({ ms }) => ms),
    0.99,
  )
const successPercent = (samples: readonly Sample[]) => (100 * answered(samples).length) / samples.length
const worstMs = (samples: readonly Sample[]) => Math.max(...samples.map(({ ms }) => ms))
/** Answers a second, of a stream that was measured for so long. */
const goodput = (samples: readonly Sample[], offeredSeconds: number) =>
  answered(samples).length / (offeredSeconds - warmUpSeconds)

/** The rounds that make a prediction as long as wanted on this machine. */
async function calibrate(url: string): Promise<number> {
  let rounds = 50_000
  for (let i = 0; i < 3; i += 1) {
    const [samples = []] = await load({ url, body: rounded(rounds), callers: 1, seconds: 3 })
    const ms = quantile(
      answered(samples).map((sample) => sample.ms),
      0.5,
    )
    rounds = Math.round((rounds * predictionMs) / ms)
  }
  return rounds
}

function rounded(rounds: number): string {
  return JSON.stringify({ rounds })
}

/** The most answers a second, with callers who ask in turn: ever more of them, until that brings no more. */
async function peakOf(url: string, body: string): Promise<{ peak: number; callers: number }> {
  let best = { peak: 0, callers: 0 }
  for (let callers = 1; callers <= 64; callers *= 2) {
    const [samples = []] = await load({ url, body, callers, seconds: settleSeconds + warmUpSeconds })
    const peak = goodput(samples, settleSeconds + warmUpSeconds)
    say(`${callers} callers: ${plain(peak)} answers a second`)
    const isMore = peak > best.peak * growth
    if (peak > best.peak) best = { peak, callers }
    if (!isMore && callers > 2) break
  }
  return best
}

/** (a) and (b): one model beyond its capacity, alone, then beside a neighbour. */
async function overload(at: (model: string) => string): Promise<{ figures: Figures; aims: Aim[] }> {
  const rounds = await calibrate(at('slow'))
  const slow = { url: at('slow'), body: rounded(rounds) }
  const quick = { url: at('quick'), body: '{"x": 1}', perSecond: neighbourPerSecond }
  const [unloaded = []] = await load({ ...slow, callers: 1, seconds })
  const [alone = []] = await load({ ...quick, seconds })
  const { peak, callers } = await peakOf(slow.url, slow.body)
  say(`the peak is ${plain(peak)} answers a second, with ${callers} callers`)
  const flood = { ...slow, perSecond: times * peak, seconds }
  const [samples = []] = await load(flood)
  const [, beside = []] = await load(flood, { ...quick, seconds })
  const accepted = answered(samples)
  const refused = samples.filter(({ status }) => status !== 200)
  const asAgreed = refused.filter(
    ({ status, retryAfter, isProblem }) => status === 429 && retryAfter >= 1 && isProblem,
  )
  const figures: Figures = {
    'one caller, p50': {
      value: quantile(
        unloaded.map(({ ms }) => ms),
        0.5,
      ),
      unit: 'ms',
    },
    'one caller, p99': { value: p99Ms(unloaded), unit: 'ms' },
    'most answers a second': { value: peak, unit: '/s' },
    offered: { value: times * peak, unit: '/s' },
    'answered of it': { value: goodput(samples, seconds), unit: '/s' },
    'answered, p99': { value: p99Ms(accepted), unit: 'ms' },
    'neighbour alone, p99': { value: p99Ms(alone), unit: 'ms' },
    'neighbour meanwhile, p99': { value: p99Ms(beside), unit: 'ms' },
  }
  const aims: Aim[] = [
    {
      what: `at ${times}x: goodput ÷ peak`,
      value: goodput(samples, seconds) / peak,
      unit: 'x',
      atLeast: 0.9,
    },
    {
      what: `at ${times}x: p99 of accepted ÷ unloaded`,
      value: p99Ms(accepted) / p99Ms(unloaded),
      unit: 'x',
      atMost: 2,
    },
    { what: `at ${times}x: p99 of rejections`, value: p99Ms(refused), unit: 'ms', atMost: 50 },
    {
      what: 'rejections that are 429, with Retry-After and a problem',
      value: (100 * asAgreed.length) / refused.length,
      unit: '%',
      atLeast: 100,
    },
    { what: 'neighbour meanwhile: success', value: successPercent(beside), unit: '%', atLeast: 99.9 },
  ]
  return { figures, aims }
}

/** (c): one of six models hangs, is asked again and again, and is ended each time. */
async function hang(at: (model: string) => string): Promise<{ figures: Figures; aims: Aim[] }> {
  const [hung = [], ...rest] = await load(
    {
      url: at('hung'),
      body: rounded(stuckRounds),
      perSecond: hungPerSecond,
      seconds: seconds - 2 * warmUpSeconds,
      afterSeconds: 2 * warmUpSeconds,
    },
    ...others.map((model) => ({
      url: at(model),
      body: '{"x": 1}',
      perSecond: otherPerSecond,
      seconds: seconds + hungTimeoutSeconds,
    })),
  )
  const samples = rest.flat()
  for (const { at: second, ms, status } of samples.filter(({ status }) => status !== 200))
    say(`not answered: status ${status} at ${plain(second)} s after ${plain(ms)} ms`)
  const figures: Figures = {
    'calls of the model that hangs': { value: hung.length, unit: '' },
    'of them answered': { value: answered(hung).length, unit: '' },
    'the longest that one of them waited': { value: worstMs(hung), unit: 'ms' },
    'calls of the five others': { value: samples.length, unit: '' },
    'of them refused or lost': { value: samples.length - answered(samples).length, unit: '' },
    'their p99': { value: p99Ms(samples), unit: 'ms' },
    'their worst': { value: worstMs(samples), unit: 'ms' },
  }
  const aims: Aim[] = [
    {
      what: 'one model hung: success of the others',
      value: successPercent(samples),
      unit: '%',
      atLeast: 99.9,
    },
  ]
  return { figures, aims }
}

function report(parts: readonly { figures: Figures; aims: Aim[] }[], loadBefore: number): void {
  const load = { before: loadBefore, after: machineLoad() }
  const figures = Object.assign({}, ...parts.map((part) => part.figures)) as Figures
  const aims = parts.flatMap((part) => part.aims)
  if (flags.json) {
    const judged = aims.map((aim) => ({ ...aim, reached: isReached(aim) ?? null }))
    console.log(JSON.stringify({ seconds, machineLoad: load, figures, aims: judged }))
    return
  }
  for (const [what, { value, unit }] of Object.entries(figures)) console.log(aimed({ what, value, unit }))
  console.log(`\n${aims.map(aimed).join('\n')}`)
  console.log(`\n${loadLine(load)}`)
}

const loadBefore = machineLoad()
const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
try {
  const platform = await startPlatform({
    home: join(folder, 'home'),
    ...(serversCore !== undefined && { core: serversCore }),
  })
  try {
    await releaseAll(platform.url, folder)
    say('released')
    // By its address, so that no name is looked up.
    const base = platform.url.replace('localhost', '127.0.0.1')
    const at = (model: string) => `${base}/models/${model}/invocations`
    report([await overload(at), await hang(at)], loadBefore)
  } finally {
    await platform.stop()
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
