import {
  type Cost,
  dollars,
  hoursPerMonth,
  logBytes,
  probesPerMonth,
  storage,
  summed,
  wayToModel,
} from './cost.ts'
import { type BilledResource, monthlyByType } from './cost-of-resources.ts'
import { prices, pricesAsOf, pricesRegion } from './prices.ts'

const million = 1e6
const gb = 1e9

/** What a platform holds, as far as its bill goes. Every figure that is not in the template is an assumption. */
export interface Holdings {
  /** READY and retained, called by nobody. */
  readonly versions: number
  readonly versionsPerModel: number
  readonly artifactBytes: number
  readonly objectsPerVersion: number
  /** Memory of each version's function, in GB. */
  readonly memoryGb: number
  /** The dependency image that all versions of a runtime share. */
  readonly runtimeImageBytes: number
  /** All that the registry keeps of a version: its record, its entries of the history, its operations. */
  readonly registryBytes: number
}

/** A small scikit-learn or boosted model, ten versions of each. */
export const assumedHoldings: Omit<Holdings, 'versions'> = {
  versionsPerModel: 10,
  artifactBytes: 10e6,
  objectsPerVersion: 4,
  memoryGb: 2,
  runtimeImageBytes: 200e6,
  registryBytes: 16e3,
}

/** A scheduled function: how often a month it runs, and how much memory it has. */
interface Schedule {
  readonly runs: number
  readonly memoryGb: number
}

const unitMinutes = { minute: 1, hour: 60, day: 24 * 60 } as const
/** A run that finds little to do; each version adds a little. */
const runSeconds = { least: 1, perVersion: 0.002 }
/** Bytes of log of a run. */
const runLogBytes = 1500
/** A version's record fills one read unit, 4 KB. */
const recordReads = 1
const listedAtOnce = 1000

/** The schedules of a template, told by their rules' rates. @throws Error for one that is no rate */
export function schedulesIn(resources: Readonly<Record<string, BilledResource>>): Schedule[] {
  return Object.values(resources).flatMap(({ Type, Properties = {} }) => {
    const { ScheduleExpression: said, Targets = [] } = Properties as {
      ScheduleExpression?: string
      Targets?: readonly { readonly Arn?: { readonly 'Fn::GetAtt'?: readonly [string, string] } }[]
    }
    if (Type !== 'AWS::Events::Rule' || said === undefined) return []
    const [, every, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(said) ?? []
    if (every === undefined) throw new Error(`the schedule ${said} is no rate: say how often it runs a month`)
    const runs = (hoursPerMonth * 60) / (Number(every) * unitMinutes[unit as keyof typeof unitMinutes])
    return Targets.map(({ Arn }) => {
      const { MemorySize = 128 } = (resources[Arn?.['Fn::GetAtt']?.[0] ?? '']?.Properties ?? {}) as {
        MemorySize?: number
      }
      return { runs, memoryGb: MemorySize / 1024 }
    })
  })
}

/** What a month costs in which nobody calls anything. */
export function idleMonth(resources: Readonly<Record<string, BilledResource>>, holdings: Holdings): Cost {
  const { versions, artifactBytes, memoryGb, runtimeImageBytes, registryBytes } = holdings
  const kept = Object.entries(storage(artifactBytes)).map(([what, usd]) => [what, usd * versions])
  return summed({
    ...monthlyByType(resources),
    ...scheduledRuns(schedulesIn(resources), holdings),
    ...Object.fromEntries(kept),
    'runtime image': versions === 0 ? 0 : (runtimeImageBytes / gb) * prices.ecrStorage.usd,
    registry: ((versions * registryBytes) / gb) * (prices.dynamoStorage.usd + prices.dynamoRestore.usd),
    probes: versions * probesPerMonth(prices.lambdaArmGbSecond.usd, memoryGb),
    "probes' log": (versions * (hoursPerMonth / 120) * logBytes.model * prices.logsIn.usd) / gb,
  })
}

/** What the schedules cost: their functions, what these read of every version, their listings and their log. */
function scheduledRuns(
  schedules: readonly Schedule[],
  { versions, objectsPerVersion, versionsPerModel }: Holdings,
) {
  const models = Math.ceil(versions / versionsPerModel)
  const total = (of: (schedule: Schedule) => number) => schedules.reduce((sum, one) => sum + of(one), 0)
  const seconds = runSeconds.least + versions * runSeconds.perVersion
  const runs = total((one) => one.runs)
  const listings = Math.ceil((versions * objectsPerVersion) / listedAtOnce) + 1
  return {
    'scheduled functions':
      (runs * prices.lambdaRequest.usd) / million +
      total((one) => one.runs * one.memoryGb) * seconds * prices.lambdaArmGbSecond.usd,
    // Each run reads every version and the record of every model, and the list of their names.
    'scheduled reads': (runs * (versions * recordReads + models + 1) * prices.dynamoRead.usd) / million,
    'scheduled listings': (runs * listings * prices.s3Write.usd) / million,
    'scheduled log': (runs * runLogBytes * prices.logsIn.usd) / gb,
  }
}

/** Calls of one live version, all in one month, that last so long. */
export interface Calls {
  readonly callMs: number
  readonly memoryGb: number
  readonly gateway: 'http' | 'rest'
}

/** What a million calls cost; the metrics of their model are a part of it, as for a month in which it is called every hour. */
export function millionCalls({ callMs, memoryGb, gateway }: Calls): Cost {
  return summed({
    ...wayToModel(callMs, (gateway === 'http' ? prices.httpApiCall : prices.restApiCall).usd),
    model: prices.lambdaRequest.usd + million * (callMs / 1000) * memoryGb * prices.lambdaArmGbSecond.usd,
    "model's log": (million * logBytes.model * prices.logsIn.usd) / gb,
    'logs kept for a month': ((logBytes.router + logBytes.model) * million * prices.logsKept.usd) / gb,
    "model's metrics": metricsPerModel * prices.customMetric.usd,
  })
}

/** What one record takes as a line: thirty numbers by their names have about so much. */
export const recordedBytes = 500
/** A partition has an object every five minutes while calls come. */
const objectsPerMonth = (hoursPerMonth * 60) / 5

/**
 * What it costs to record a million calls of one version within a month, and to keep them for it. Most of it is the line in
 * the log that brings them into the stream.
 */
export function millionRecordedCalls(bytesPerRecord = recordedBytes): Cost {
  const gigabytes = (million * bytesPerRecord) / gb
  const through = prices.firehoseIn.usd + prices.firehosePartitioned.usd + prices.firehoseUnpacked.usd
  return summed({
    "router's log": gigabytes * (prices.logsIn.usd + prices.logsKept.usd),
    stream: gigabytes * through + (objectsPerMonth * prices.firehoseObject.usd) / million,
    objects: (objectsPerMonth * prices.s3Write.usd) / million,
    'kept for a month': gigabytes * prices.s3Storage.usd,
  })
}

/** What recording costs, in one line for people. @param samplePercent of the calls */
export function recordingSentence(samplePercent: number): string {
  const { usd } = millionRecordedCalls()
  return `${samplePercent} % of calls are recorded: about ${dollars((usd * samplePercent) / 100)} per million calls of ${recordedBytes} bytes (list prices of ${pricesRegion}, ${pricesAsOf})`
}

/** The function that asks shadows, in GB, and how long it takes beside what it waits for. */
const asking = { memoryGb: 0.5, ms: 30 }

/**
 * What it costs that a million calls have a shadow: its own predictions, and the function that asks for them and waits. Where
 * many calls come they are handed over together, and it costs less.
 */
export function millionShadowedCalls({ callMs, memoryGb }: Omit<Calls, 'gateway'>): Cost {
  const gbSeconds = (ms: number, gigabytes: number) => million * (ms / 1000) * gigabytes
  const running = (ms: number, gigabytes: number) =>
    prices.lambdaRequest.usd + gbSeconds(ms, gigabytes) * prices.lambdaArmGbSecond.usd
  return summed({
    model: running(callMs, memoryGb),
    'function that asks': running(callMs + asking.ms, asking.memoryGb),
    logs: (2 * million * logBytes.model * (prices.logsIn.usd + prices.logsKept.usd)) / gb,
  })
}

/** What a shadow costs, in one line for people. @param samplePercent of the calls of its alias */
export function shadowSentence(samplePercent: number): string {
  const call = { callMs: 50, memoryGb: assumedHoldings.memoryGb }
  const { usd } = millionShadowedCalls(call)
  return `a shadow of ${samplePercent} % of calls costs at most about ${dollars((usd * samplePercent) / 100)} per million calls of its alias, at ${call.callMs} ms and ${call.memoryGb} GB a call (list prices of ${pricesRegion}, ${pricesAsOf})`
}

/** Series of a model, at all times; a test counts them in what the router writes. */
export const metricsPerModel = 3
/** Series of a rollout, while it lasts: of both variants. */
export const metricsPerRollout = 6
