/**
 * What the platform costs: its resources out of the synthesized template, its prices out of a dated table.
 * `npm run cost` writes docs/cost.md; a test holds the page to what this writes.
 */
import { writeFileSync } from 'node:fs'
import { dollars } from '../lib/rules/cost.ts'
import {
  assumedHoldings,
  type Calls,
  idleMonth,
  metricsPerModel,
  metricsPerRollout,
  millionCalls,
  millionRecordedCalls,
  recordedBytes,
  schedulesIn,
} from '../lib/rules/cost-of-platform.ts'
import { type BilledResource, billedByTheHour, billingOf } from '../lib/rules/cost-of-resources.ts'
import { instanceHourUsd, type Price, prices, pricesAsOf, pricesRegion } from '../lib/rules/prices.ts'
import { synthesizeTemplate } from '../local/state-machines.ts'

type Resources = Readonly<Record<string, BilledResource>>

const idleVersions = [0, 10, 1000]
const calls: readonly Calls[] = [
  { gateway: 'http', callMs: 10, memoryGb: 0.5 },
  { gateway: 'http', callMs: 100, memoryGb: 2 },
  { gateway: 'rest', callMs: 10, memoryGb: 0.5 },
  { gateway: 'rest', callMs: 100, memoryGb: 2 },
]

/** The page, written anew from a template. @throws Error where a resource is of a type without a price */
export function costPage(resources: Resources): string {
  const idle = idleVersions.map((versions) => idleMonth(resources, { ...assumedHoldings, versions }))
  const million = calls.map(millionCalls)
  const hourly = billedByTheHour(resources)
  const [nobody, few, many] = idle.map(({ usd }) => dollars(usd))
  const ranges = million.map(({ usd }) => usd)
  return `# What it costs

Written by \`npm run cost\`, from the synthesized template and the price table in \`lib/rules/prices.ts\`: list prices of
${pricesRegion} as of ${pricesAsOf}, without free tiers, discounts and taxes. **Computed, and not read off a bill**: nothing here was
measured on AWS.

- ${Object.keys(resources).length} resources in the stack, ${hourly.length === 0 ? 'none' : hourly.length} of them billed by the hour.
- A month in which nobody calls: **${nobody}** with no version, **${few}** with 10 versions, **${many}** with 1,000.
- A million calls: **${dollars(Math.min(...ranges))} to ${dollars(Math.max(...ranges))}**, by the memory and the time that the model takes and by the gateway.

## A month in which nobody calls

${table(['', ...idleVersions.map((versions) => `${versions.toLocaleString('en')} versions`)], idle)}

The free tier of CloudWatch (10 alarms, 3 dashboards, 5 GB of logs) covers the first two lines where the account uses none of
it yet. SageMaker real-time versions are not in it: one runs while an alias, a rollout, a range or \`keepRunning\` needs it,
is billed by the hour as \`sluice promote\` says, and is parked within an hour after a day without that.

## A million calls

${table(
  ['', ...calls.map((one) => `${one.gateway.toUpperCase()}, ${one.callMs} ms, ${one.memoryGb} GB`)],
  million,
)}

The router waits for the model, and is billed for that. A release makes about 25 transitions of Step Functions
(${dollars(25 * (prices.stateTransition.usd / 1e6))}) and, where its runtime was never built, five minutes of CodeBuild (${dollars(5 * prices.codeBuildMinute.usd)}). A rollout looks at its
canary every 5 s, which takes 3 transitions: ${dollars((3600 / 5) * 3 * (prices.stateTransition.usd / 1e6))} an hour; its ${metricsPerRollout} series of metrics cost ${dollars((metricsPerRollout * prices.customMetric.usd) / 730)} an hour.
One write of a router's counters per outcome while a rollout lasts: ${dollars(prices.dynamoWrite.usd)} per million.

## Recorded calls

\`capture\` in a manifest records calls. A million of them within a month, of one version, at ${recordedBytes} bytes each (thirty numbers by their names):

${table(['', 'a million recorded'], [millionRecordedCalls()])}

With \`samplePercent: 10\` it is about a tenth of that a million calls. Lines stay in the router's log for \`logRetention\`, whatever
\`retentionDays\` says. Looking for drift is a schedule, and in the idle month.

## What was assumed

${assumptions(resources)
  .map((one) => `- ${one}`)
  .join('\n')}

## The resources

${countTable(resources)}

## The prices

| price | US dollars | per | source |
| --- | ---: | --- | --- |
${Object.entries(prices as Readonly<Record<string, Price>>)
  .map(([name, { usd, per, source }]) => `| ${name} | ${plain(usd)} | ${per} | ${source} |`)
  .join('\n')}

Instances of SageMaker real-time, US dollars an hour (believed; \`ml.t3.medium\` and \`ml.c7g.large\` read at wring.co, 2026-03):
${Object.entries(instanceHourUsd)
  .map(([type, usd]) => `${type} ${usd}`)
  .join(', ')}. Others are of unknown cost here, and promoted all the same.
`
}

function assumptions(resources: Resources): string[] {
  const { versionsPerModel, artifactBytes, objectsPerVersion, memoryGb, runtimeImageBytes, registryBytes } =
    assumedHoldings
  const schedules = schedulesIn(resources).map(({ runs }) => runs.toLocaleString('en'))
  return [
    `A version: an artifact of ${artifactBytes / 1e6} MB in ${objectsPerVersion} objects, once in the store and once as an image layer; a function of ${memoryGb} GB on arm64; ${registryBytes / 1e3} KB in the registry. ${versionsPerModel} versions a model.`,
    `Layers below the artifact are shared: one runtime image of ${runtimeImageBytes / 1e6} MB.`,
    `Probes: each version is called every 5 days, finds its function cold, and takes 10 s of its memory.`,
    `Schedules, out of the template: ${schedules.join(' and ')} runs a month. Each takes 1 s and 2 ms a version, and reads each version's record (4 KB, one read unit); each lists the store, which is too much for the one that does not.`,
    `A call reads 3 units of the registry: at more than two calls a second and function, fewer, since what was read serves for 500 ms.`,
    `A call writes 1.5 KB to the router's log (Lambda's own lines, and its metrics) and 0.9 KB to the model's.`,
    `Metrics: ${metricsPerModel} series a model (${dollars(metricsPerModel * prices.customMetric.usd)} a month if it is called in every hour, nothing in a month without calls), by version and variant only during a rollout.`,
    `Bytes that leave AWS, cold starts and failed calls are not in it.`,
  ]
}

function table(
  headings: readonly string[],
  costs: readonly { usd: number; parts: Readonly<Record<string, number>> }[],
): string {
  const names = [...new Set(costs.flatMap(({ parts }) => Object.keys(parts)))]
  const row = (name: string, cells: readonly string[]) => `| ${[name, ...cells].join(' | ')} |`
  return [
    row(headings[0] ?? '', headings.slice(1)),
    row(
      '---',
      costs.map(() => '---:'),
    ),
    ...names.map((name) =>
      row(
        name,
        costs.map(({ parts }) => dollars(parts[name] ?? 0)),
      ),
    ),
    row(
      '**together**',
      costs.map(({ usd }) => `**${dollars(usd)}**`),
    ),
  ].join('\n')
}

function countTable(resources: Resources): string {
  const counts = new Map<string, { count: number; billed: string }>()
  for (const one of Object.values(resources)) {
    const billing = billingOf(one)
    const billed = billing.by === 'month' ? `${dollars(billing.usd)} a month each` : `by ${billing.by}`
    counts.set(one.Type, {
      count: (counts.get(one.Type)?.count ?? 0) + 1,
      billed: billed.replace('by nothing', '-'),
    })
  }
  const rows = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return [
    '| type | count | billed |',
    '| --- | ---: | --- |',
    ...rows.map(([type, { count, billed }]) => `| ${type} | ${count} | ${billed} |`),
  ].join('\n')
}

/** A number without an exponent. */
function plain(usd: number): string {
  return usd.toFixed(10).replace(/\.?0+$/, '')
}

if (import.meta.main) {
  const { Resources } = await synthesizeTemplate()
  writeFileSync(new URL('../docs/cost.md', import.meta.url), costPage(Resources as Resources))
}
