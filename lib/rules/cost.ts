import { architectureOf } from './architecture.ts'
import type { Manifest } from './manifest.ts'
import { instanceHourUsd, prices, pricesAsOf, pricesRegion } from './prices.ts'
import { probeEveryHours } from './upkeep.ts'

export const hoursPerMonth = 730
const secondsPerMonth = hoursPerMonth * 3600
const gb = 1e9
const million = 1e6

/** What a call is taken to last where nobody has measured it, in milliseconds. */
export const assumedCallMs = 100
/** A probe finds the function cold: Lambda bills the start, and the first answer. */
export const probeSeconds = 10

/** The router holds this much memory, in GB, and is busy for so long besides waiting for the model. */
const routerGb = 1769 / 1024
const routerOwnMs = 5
/** Read units of a call: the model's record is one, the version's up to two, and both are read again after 500 ms. */
const readsPerCall = 3
/** Bytes that a call writes to logs: Lambda's own three lines, and in the router the metrics of the call. */
export const logBytes = { router: 1500, model: 900 }

/** A sum of money, and what it is made of. US dollars. */
export interface Cost {
  readonly usd: number
  readonly parts: Readonly<Record<string, number>>
}

/** What a version costs. */
export interface VersionCost {
  /** A month in which nobody calls it; undefined where a price is not known. */
  readonly idleMonth: Cost | undefined
  /** A million calls, the way to the model included; undefined where a price is not known. */
  readonly millionCalls: Cost | undefined
  /** What was assumed, and what is not in it, in sentences for people. */
  readonly notes: readonly string[]
}

type Host = Manifest['host']

export function summed(parts: Readonly<Record<string, number>>): Cost {
  return { usd: Object.values(parts).reduce((sum, usd) => sum + usd, 0), parts }
}

/** What a version costs on its host, by its manifest and the size of its artifact. */
export function versionCost(host: Host, sizeBytes: number, callMs = assumedCallMs): VersionCost {
  const compute = { lambda, 'sagemaker-serverless': serverless, sagemaker: instances }[host.kind](
    host,
    callMs,
  )
  const { idle, calls, notes } = compute
  return {
    idleMonth: idle && summed({ ...storage(sizeBytes), ...idle }),
    millionCalls: calls && summed({ ...calls, ...wayToModel(callMs, prices.httpApiCall.usd) }),
    notes: [
      `list prices of ${pricesRegion} as of ${pricesAsOf}, without free tiers`,
      `a call is taken to last ${callMs} ms`,
      ...notes,
    ],
  }
}

/** Whether a version costs money while nobody calls it, besides its storage. */
export function isBilledWhileIdle({ kind, provisionedConcurrency = 0 }: Host): boolean {
  return kind === 'sagemaker' || provisionedConcurrency > 0
}

/** An artifact lies twice: in the store, and as a layer of its image. What is below that layer is shared. */
export function storage(sizeBytes: number): Record<string, number> {
  return {
    'image layer': (sizeBytes / gb) * prices.ecrStorage.usd,
    'artifact in the store': (sizeBytes / gb) * prices.s3Storage.usd,
  }
}

/** What the platform takes of a million calls on their way to the model and back. */
export function wayToModel(callMs: number, gatewayUsd: number): Record<string, number> {
  const routerSeconds = (callMs + routerOwnMs) / 1000
  return {
    gateway: gatewayUsd,
    router: prices.lambdaRequest.usd + million * routerSeconds * routerGb * prices.lambdaArmGbSecond.usd,
    'registry reads': readsPerCall * prices.dynamoRead.usd,
    "router's log": (million * logBytes.router * prices.logsIn.usd) / gb,
  }
}

/** What it takes to keep a function awake for a month. */
export function probesPerMonth(gbSecondUsd: number, memoryGb: number): number {
  const probes = hoursPerMonth / probeEveryHours
  return probes * (prices.lambdaRequest.usd / million + probeSeconds * memoryGb * gbSecondUsd)
}

interface Computed {
  readonly idle: Record<string, number> | undefined
  readonly calls: Record<string, number> | undefined
  readonly notes: readonly string[]
}

function lambda(host: Host, callMs: number): Computed {
  const memoryGb = host.memoryMb / 1024
  const isArm = architectureOf(host) === 'arm64'
  const gbSecond = (isArm ? prices.lambdaArmGbSecond : prices.lambdaX86GbSecond).usd
  const warm = (isArm ? prices.lambdaArmProvisionedGbSecond : prices.lambdaX86ProvisionedGbSecond).usd
  const { provisionedConcurrency = 0 } = host
  return {
    idle: {
      probes: probesPerMonth(gbSecond, memoryGb),
      ...(provisionedConcurrency > 0 && {
        'provisioned concurrency': provisionedConcurrency * memoryGb * secondsPerMonth * warm,
      }),
    },
    calls: {
      model: prices.lambdaRequest.usd + million * (callMs / 1000) * memoryGb * gbSecond,
      "model's log": (million * logBytes.model * prices.logsIn.usd) / gb,
    },
    notes: ['cold starts are billed as calls of their own length, and are not in it'],
  }
}

function serverless(host: Host, callMs: number): Computed {
  const memoryGb = host.memoryMb / 1024
  const { provisionedConcurrency = 0 } = host
  const warm = prices.sagemakerServerlessProvisionedGbSecond.usd
  return {
    idle:
      provisionedConcurrency > 0
        ? { 'provisioned concurrency': provisionedConcurrency * memoryGb * secondsPerMonth * warm }
        : {},
    calls: { model: million * (callMs / 1000) * memoryGb * prices.sagemakerServerlessGbSecond.usd },
    notes: ['SageMaker also bills the bytes of requests and answers, which are not in it'],
  }
}

function instances({ instanceType, instanceCount = 1 }: Host): Computed {
  const hour =
    instanceType !== undefined && Object.hasOwn(instanceHourUsd, instanceType)
      ? instanceHourUsd[instanceType]
      : undefined
  return {
    idle: hour === undefined ? undefined : { instances: hour * instanceCount * hoursPerMonth },
    calls: {},
    notes:
      hour === undefined
        ? [
            `the price of ${instanceType ?? 'an instance type that is not named'} is not in the table; see the pricing page of SageMaker`,
          ]
        : [
            'instances are billed while they run, called or not; once nothing needs the version it is parked and they are not',
          ],
  }
}

/** The cost of a version in one line for people. */
export function costSentence({ idleMonth, millionCalls }: VersionCost, callMs = assumedCallMs): string {
  const idle = idleMonth === undefined ? 'an unknown sum' : dollars(idleMonth.usd)
  const calls = millionCalls === undefined ? 'an unknown sum' : dollars(millionCalls.usd)
  return `about ${idle} a month while nobody calls it, and ${calls} per million calls of ${callMs} ms (list prices of ${pricesRegion}, ${pricesAsOf})`
}

/** `$0.0016`, `$0.42`, `$167.90`: two figures that count, and cents where there are dollars. */
export function dollars(usd: number): string {
  if (usd === 0) return '$0'
  if (usd >= 0.1) return `$${usd.toFixed(2)}`
  const digits = Math.min(8, 1 - Math.floor(Math.log10(usd)))
  return `$${usd.toFixed(digits)}`
}
