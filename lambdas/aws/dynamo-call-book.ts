import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import { type DynamoDBDocumentClient, paginateQuery, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import {
  type CallWay,
  callerKeptDays,
  lastFirst,
  type VersionCall,
  type VersionCaller,
} from '../../lib/rules/calls.ts'
import type { CallBook, Clock } from '../ports.ts'
import { NotedCalls } from '../serving/noted-calls.ts'

const keptMs = callerKeptDays * 24 * 3600 * 1000

/**
 * Who calls which version, in the registry's table: one item for each version, way and caller, which DynamoDB's time to
 * live takes. A write is on its way while the model answers; a function that is frozen before its end has sent it.
 */
export class DynamoCallBook implements CallBook {
  readonly #client: DynamoDBDocumentClient
  readonly #table: string
  readonly #clock: Clock
  readonly #noted: NotedCalls

  constructor(client: DynamoDBDocumentClient, table: string, clock: Clock) {
    this.#client = client
    this.#table = table
    this.#clock = clock
    this.#noted = new NotedCalls((call, atMs) => this.#write(call, atMs), clock)
  }

  note(call: VersionCall): void {
    this.#noted.note(call)
  }

  async of(model: string): Promise<VersionCaller[]> {
    const callers: VersionCaller[] = []
    const pages = paginateQuery(
      { client: this.#client },
      {
        TableName: this.#table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': partition(model) },
        ConsistentRead: true,
      },
    )
    // DynamoDB takes what is over within days, not at once.
    const since = this.#clock.now() - keptMs
    for await (const { Items = [] } of pages)
      for (const item of Items) {
        const [version = '', way = '', ...caller] = String(item['sk']).split('#')
        const lastAt = Number(item['lastAt'])
        if (lastAt >= since)
          callers.push({
            version,
            way: way as CallWay,
            caller: caller.join('#'),
            lastAt: new Date(lastAt).toISOString(),
          })
      }
    return callers.toSorted(lastFirst)
  }

  async #write({ model, version, way, caller }: VersionCall, atMs: number): Promise<void> {
    try {
      await this.#client.send(
        new UpdateCommand({
          TableName: this.#table,
          Key: { pk: partition(model), sk: `${version}#${way}#${caller}` },
          UpdateExpression: 'SET lastAt = :at, expiresAt = :end',
          // A function may be thawed hours later, and send again what it could not send then.
          ConditionExpression: 'attribute_not_exists(lastAt) or lastAt < :at',
          ExpressionAttributeValues: { ':at': atMs, ':end': Math.floor((atMs + keptMs) / 1000) },
        }),
      )
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error
    }
  }
}

function partition(model: string): string {
  return `calls#${model}`
}
