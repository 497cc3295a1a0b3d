import { TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb'
import { patiently } from './patience.ts'

/** One write of a transaction. */
export type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number]

/** Where an item lies. */
export interface Key extends Record<string, string> {
  readonly pk: string
  readonly sk: string
}

/** Items of one table, each with a record as JSON text; some are pointers and have none. Every read is consistent. */
export class RecordTable {
  readonly #client: DynamoDBDocumentClient
  readonly #table: string

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client
    this.#table = table
  }

  /** All writes or none. @returns false where a condition does not hold */
  async write(writes: Write[]): Promise<boolean> {
    try {
      await patiently(isConflict, () =>
        this.#client.send(new TransactWriteCommand({ TransactItems: writes })),
      )
      return true
    } catch (error) {
      if (reasonsOf(error).includes('ConditionalCheckFailed')) return false
      throw error
    }
  }

  async one<T>(key: Key): Promise<T | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key: key, ConsistentRead: true }),
    )
    return Item === undefined ? undefined : (JSON.parse(String(Item['record'])) as T)
  }

  /** The records under these keys that there are, in the order of the keys. */
  async many<T>(wanted: readonly Key[]): Promise<T[]> {
    const found = new Map<string, T>()
    for (let at = 0; at < wanted.length; at += 100) {
      let request = { [this.#table]: { Keys: wanted.slice(at, at + 100), ConsistentRead: true } }
      while (Object.keys(request).length > 0) {
        const { Responses, UnprocessedKeys } = await this.#client.send(
          new BatchGetCommand({ RequestItems: request }),
        )
        for (const item of Responses?.[this.#table] ?? [])
          found.set(`${item['pk']} ${item['sk']}`, JSON.parse(String(item['record'])) as T)
        request = (UnprocessedKeys ?? {}) as typeof request
      }
    }
    return wanted
      .map(({ pk, sk }) => found.get(`${pk} ${sk}`))
      .filter((record): record is NonNullable<typeof record> => record !== undefined)
  }

  async under<T>(pk: string, range: Range): Promise<T[]> {
    return (await this.list(pk, range)).map(({ record }) => JSON.parse(record ?? '') as T)
  }

  async list(pk: string, range: Range = {}): Promise<{ readonly sk: string; readonly record?: string }[]> {
    const items: { sk: string; record?: string }[] = []
    const condition =
      range.prefix !== undefined
        ? { and: ' and begins_with(sk, :from)', values: { ':from': range.prefix } }
        : range.from !== undefined
          ? { and: ' and sk between :from and :to', values: { ':from': range.from, ':to': range.to } }
          : { and: '', values: {} }
    let start: Record<string, unknown> | undefined
    do {
      const page = await this.#client.send(
        new QueryCommand({
          TableName: this.#table,
          KeyConditionExpression: `pk = :pk${condition.and}`,
          ExpressionAttributeValues: { ':pk': pk, ...condition.values },
          ScanIndexForward: range.newestFirst !== true,
          ConsistentRead: true,
          ...(start !== undefined && { ExclusiveStartKey: start }),
        }),
      )
      items.push(...((page.Items ?? []) as typeof items))
      start = page.LastEvaluatedKey
    } while (start !== undefined)
    return items
  }
}

/** A part of the items of a partition, by their sort key. */
interface Range {
  readonly prefix?: string
  readonly from?: string
  readonly to?: string
  readonly newestFirst?: true
}

function reasonsOf(error: unknown): readonly (string | undefined)[] {
  if (!(error instanceof TransactionCanceledException)) return []
  return (error.CancellationReasons ?? []).map(({ Code }) => Code)
}

/** Another transaction was at the same items at this moment: nothing was decided, and the same may be tried again. */
function isConflict(error: unknown): boolean {
  const reasons = reasonsOf(error)
  return (
    !reasons.includes('ConditionalCheckFailed') &&
    reasons.some((code) => code === 'TransactionConflict' || code === 'ThrottlingError')
  )
}
