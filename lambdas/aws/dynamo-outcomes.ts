import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import { type DynamoDBDocumentClient, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { latencyBucket } from '../../lib/rules/latency-histogram.ts'
import type { StepCounts, VariantCounts } from '../../lib/rules/verdict.ts'
import type { Clock, Metrics, Outcome } from '../ports.ts'

/** Each rollout is counted in so many items, drawn at random: one item takes 1,000 writes a second, these 8,000. */
const shards = 8

/** A rollout lasts at most 30 days; its counts outlive it by a fortnight, then DynamoDB's time to live takes them. */
const keptSeconds = 45 * 24 * 3600

/** About 10 MB of names. */
const mostRemembered = 100_000

const latencyPrefix = 'latency'

type Counted = Pick<StepCounts, 'canary' | 'stable'>

/**
 * Outcomes of rollouts, counted in the registry's table before the caller has its answer: a function may be frozen the
 * moment it has answered. A count that comes minutes late still counts for the step that it belongs to.
 */
export class DynamoOutcomes implements Metrics {
  readonly #client: DynamoDBDocumentClient
  readonly #table: string
  readonly #clock: Clock
  /** Callers that this process has counted already, so that it need not ask again. */
  readonly #known = new Set<string>()

  constructor(client: DynamoDBDocumentClient, table: string, clock: Clock) {
    this.#client = client
    this.#table = table
    this.#clock = clock
  }

  async count({ rollout, step, variant, caller, failed, latencyMs }: Outcome): Promise<void> {
    const more: Record<string, number> = failed ? {} : { [latencyPrefix + latencyBucket(latencyMs)]: 1 }
    if (caller === undefined) {
      more['requests'] = 1
      if (failed) more['errors'] = 1
    } else {
      if (await this.#isFirst(rollout, `${step}#${caller}`)) more['callers'] = 1
      if (failed && (await this.#isFirst(rollout, `failed#${caller}`))) more['failedCallers'] = 1
    }
    if (Object.keys(more).length === 0) return
    const names = Object.keys(more)
    await this.#client.send(
      new UpdateCommand({
        TableName: this.#table,
        Key: { pk: shardKey(rollout, Math.floor(Math.random() * shards)), sk: `${step}#${variant}` },
        UpdateExpression: `SET expiresAt = :end ADD ${names.map((_, i) => `#${i} :${i}`).join(', ')}`,
        ExpressionAttributeNames: Object.fromEntries(names.map((name, i) => [`#${i}`, name])),
        ExpressionAttributeValues: {
          ':end': this.#expiresAt(),
          ...Object.fromEntries(names.map((name, i) => [`:${i}`, more[name]])),
        },
      }),
    )
  }

  async counts(rollout: string): Promise<ReadonlyMap<number, Counted>> {
    const pages = await Promise.all(
      Array.from({ length: shards }, (_, shard) =>
        this.#client.send(
          new QueryCommand({
            TableName: this.#table,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': shardKey(rollout, shard) },
            ConsistentRead: true,
          }),
        ),
      ),
    )
    const steps = new Map<number, Counted>()
    for (const item of pages.flatMap(({ Items }) => Items ?? [])) {
      const [step = '', variant] = String(item['sk']).split('#')
      const counted = steps.get(Number(step)) ?? { canary: none, stable: none }
      const which = variant === 'canary' ? 'canary' : 'stable'
      steps.set(Number(step), { ...counted, [which]: added(counted[which], item) })
    }
    return steps
  }

  /** Whether this caller is seen for the first time, by whichever process. */
  async #isFirst(rollout: string, caller: string): Promise<boolean> {
    const key = { pk: `callers#${rollout}`, sk: caller }
    const name = `${key.pk} ${key.sk}`
    if (this.#known.has(name)) return false
    try {
      await this.#client.send(
        new PutCommand({
          TableName: this.#table,
          Item: { ...key, expiresAt: this.#expiresAt() },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      )
      this.#remember(name)
      return true
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error
      this.#remember(name)
      return false
    }
  }

  #remember(name: string): void {
    if (this.#known.size >= mostRemembered) this.#known.clear()
    this.#known.add(name)
  }

  #expiresAt(): number {
    return Math.floor(this.#clock.now() / 1000) + keptSeconds
  }
}

const none: VariantCounts = { requests: 0, errors: 0, callers: 0, failedCallers: 0, latency: {} }

function shardKey(rollout: string, shard: number): string {
  return `outcomes#${rollout}#${shard}`
}

/** Counts with what one shard has of them. */
function added(counts: VariantCounts, item: Readonly<Record<string, unknown>>): VariantCounts {
  const of = (name: string) => Number(item[name] ?? 0)
  const latency: Record<number, number> = { ...counts.latency }
  for (const name of Object.keys(item).filter((key) => key.startsWith(latencyPrefix))) {
    const bucket = Number(name.slice(latencyPrefix.length))
    latency[bucket] = (latency[bucket] ?? 0) + of(name)
  }
  return {
    requests: counts.requests + of('requests'),
    errors: counts.errors + of('errors'),
    callers: counts.callers + of('callers'),
    failedCallers: counts.failedCallers + of('failedCallers'),
    latency,
  }
}
