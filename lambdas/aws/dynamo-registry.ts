import { TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb'
import type { HistoryEntry } from '../../lib/rules/audit.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import { isOver, type Operation } from '../../lib/rules/operation.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'
import type { Move, Registry, VersionChange } from '../ports.ts'
import { patiently } from './patience.ts'

type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number]

/** Where each kind of item lies in the one table. Revisions are padded, so that they sort as numbers do. */
const keys = {
  record: (model: string) => ({ pk: `model#${model}`, sk: 'record' }),
  version: (model: string, version: string) => ({ pk: `model#${model}`, sk: `version#${version}` }),
  history: (model: string, rev: number) => ({
    pk: `model#${model}`,
    sk: `history#${String(rev).padStart(10, '0')}`,
  }),
  operation: (id: string) => ({ pk: `operation#${id}`, sk: 'record' }),
  operationOf: (model: string, { id, startedAt }: Pick<Operation, 'id' | 'startedAt'>) => ({
    pk: `model#${model}`,
    sk: `operation#${startedAt}#${id}`,
  }),
  unfinished: ({ id, startedAt }: Pick<Operation, 'id' | 'startedAt'>) => ({
    pk: 'unfinished',
    sk: `${startedAt}#${id}`,
  }),
  name: (model: string) => ({ pk: 'models', sk: model }),
}

/**
 * The registry in one DynamoDB table. A record is JSON text beside the few attributes that conditions look at: numbers
 * of a manifest may be larger than DynamoDB's. Every read is consistent.
 */
export class DynamoRegistry implements Registry {
  readonly #client: DynamoDBDocumentClient
  readonly #table: string

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client
    this.#table = table
  }

  model(model: string): Promise<ModelRecord | undefined> {
    return this.#one(keys.record(model))
  }

  version(model: string, version: string): Promise<VersionRecord | undefined> {
    return this.#one(keys.version(model, version))
  }

  versions(model: string): Promise<VersionRecord[]> {
    return this.#under(`model#${model}`, { prefix: 'version#' })
  }

  async modelNames(): Promise<string[]> {
    return (await this.#items('models', {})).map(({ sk }) => sk)
  }

  history(model: string, afterRev = 0): Promise<HistoryEntry[]> {
    return this.#under(`model#${model}`, {
      from: keys.history(model, afterRev + 1).sk,
      to: 'history#:',
    })
  }

  operation(id: string): Promise<Operation | undefined> {
    return this.#one(keys.operation(id))
  }

  async operations(model: string): Promise<Operation[]> {
    const pointers = await this.#items(`model#${model}`, { prefix: 'operation#', newestFirst: true })
    return this.#many(pointers.map(({ sk }) => keys.operation(operationIdIn(sk.slice('operation#'.length)))))
  }

  async unfinished(): Promise<Operation[]> {
    const pointers = await this.#items('unfinished', {})
    return this.#many(pointers.map(({ sk }) => keys.operation(operationIdIn(sk))))
  }

  async claim(version: VersionRecord): Promise<VersionRecord> {
    const key = keys.version(version.model, version.version)
    for (;;) {
      const won = await this.#write([
        {
          Put: {
            ...this.#versionItem(version),
            ConditionExpression: 'attribute_not_exists(pk) or (#state = :failed and #owner <> :owner)',
            ExpressionAttributeNames: { '#state': 'state', '#owner': 'owner' },
            ExpressionAttributeValues: { ':failed': 'FAILED', ':owner': version.owner },
          },
        },
        { Put: { TableName: this.#table, Item: keys.name(version.model) } },
      ])
      if (won) return version
      const standing = await this.#one<VersionRecord>(key)
      if (standing !== undefined) return standing
    }
  }

  async changeVersion(model: string, change: VersionChange): Promise<boolean> {
    for (;;) {
      const write = await this.#change(model, change)
      if (write === undefined) return false
      if (await this.#write([write])) return true
    }
  }

  async commit({ next, entry, ready, change }: Move): Promise<boolean> {
    const { model, rev } = next
    const changed = change === undefined ? undefined : await this.#change(model, change)
    if (change !== undefined && changed === undefined) return false
    // DynamoDB takes one write of an item a transaction: a change tells the state it must find, READY among them.
    const ownCheck = ready !== undefined && ready !== change?.version
    if (ready !== undefined && ready === change?.version && change.seen.state !== 'READY') return false
    return this.#write([
      {
        Put: {
          TableName: this.#table,
          Item: { ...keys.record(model), rev, record: JSON.stringify(next) },
          ...(rev === 1
            ? { ConditionExpression: 'attribute_not_exists(pk)' }
            : { ConditionExpression: 'rev = :seen', ExpressionAttributeValues: { ':seen': rev - 1 } }),
        },
      },
      {
        Put: {
          TableName: this.#table,
          Item: { ...keys.history(model, rev), record: JSON.stringify(entry) },
          ConditionExpression: 'attribute_not_exists(pk)',
        },
      },
      ...(ownCheck
        ? [
            {
              ConditionCheck: {
                TableName: this.#table,
                Key: keys.version(model, ready),
                ConditionExpression: '#state = :ready',
                ExpressionAttributeNames: { '#state': 'state' },
                ExpressionAttributeValues: { ':ready': 'READY' },
              },
            },
          ]
        : []),
      ...(changed === undefined ? [] : [changed]),
    ])
  }

  open(operation: Operation): Promise<boolean> {
    const pointer = { TableName: this.#table }
    return this.#write([
      { Put: { ...this.#operationItem(operation), ConditionExpression: 'attribute_not_exists(pk)' } },
      { Put: { ...pointer, Item: keys.operationOf(operation.model, operation) } },
      ...(isOver(operation) ? [] : [{ Put: { ...pointer, Item: keys.unfinished(operation) } }]),
    ])
  }

  replaceOperation(seen: Operation, next: Operation): Promise<boolean> {
    const pointer = { TableName: this.#table }
    return this.#write([
      {
        Put: {
          ...this.#operationItem(next),
          ConditionExpression: '#record = :seen',
          ExpressionAttributeNames: { '#record': 'record' },
          ExpressionAttributeValues: { ':seen': JSON.stringify(seen) },
        },
      },
      ...(isOver(next) && !isOver(seen) ? [{ Delete: { ...pointer, Key: keys.unfinished(seen) } }] : []),
    ])
  }

  /** The write of a change, if the version is what was seen; it holds only while the version is what is read now. */
  async #change(model: string, { version, seen, facts }: VersionChange): Promise<Write | undefined> {
    const standing = await this.version(model, version)
    if (standing === undefined || standing.state !== seen.state) return undefined
    if (seen.owner !== undefined && standing.owner !== seen.owner) return undefined
    return {
      Put: {
        ...this.#versionItem({ ...standing, ...facts }),
        ConditionExpression: '#record = :standing',
        ExpressionAttributeNames: { '#record': 'record' },
        ExpressionAttributeValues: { ':standing': JSON.stringify(standing) },
      },
    }
  }

  #versionItem(record: VersionRecord) {
    const { model, version, state, owner } = record
    return {
      TableName: this.#table,
      Item: { ...keys.version(model, version), state, owner, record: JSON.stringify(record) },
    }
  }

  #operationItem(operation: Operation) {
    const { id, model, state } = operation
    return {
      TableName: this.#table,
      Item: { ...keys.operation(id), model, state, record: JSON.stringify(operation) },
    }
  }

  /** All writes or none. @returns false where a condition does not hold */
  async #write(writes: Write[]): Promise<boolean> {
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

  async #one<T>(key: Record<string, string>): Promise<T | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key: key, ConsistentRead: true }),
    )
    return Item === undefined ? undefined : (JSON.parse(String(Item['record'])) as T)
  }

  /** The records under these keys that there are, in the order of the keys. */
  async #many<T>(wanted: readonly Record<string, string>[]): Promise<T[]> {
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

  async #under<T>(pk: string, range: Range): Promise<T[]> {
    return (await this.#items(pk, range)).map(({ record }) => JSON.parse(record ?? '') as T)
  }

  async #items(pk: string, range: Range): Promise<{ readonly sk: string; readonly record?: string }[]> {
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

/** The id behind a moment: ids have no `#`. */
function operationIdIn(sk: string): string {
  return sk.slice(sk.indexOf('#') + 1)
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
