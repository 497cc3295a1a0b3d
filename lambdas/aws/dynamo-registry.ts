import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { HistoryEntry } from '../../lib/rules/audit.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import { isOver, type Operation } from '../../lib/rules/operation.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'
import type { Move, Registry, VersionChange } from '../ports.ts'
import { RecordTable, type Write } from './record-table.ts'

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
  readonly #items: RecordTable
  readonly #table: string

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#items = new RecordTable(client, table)
    this.#table = table
  }

  model(model: string): Promise<ModelRecord | undefined> {
    return this.#items.one(keys.record(model))
  }

  version(model: string, version: string): Promise<VersionRecord | undefined> {
    return this.#items.one(keys.version(model, version))
  }

  versions(model: string): Promise<VersionRecord[]> {
    return this.#items.under(`model#${model}`, { prefix: 'version#' })
  }

  async modelNames(): Promise<string[]> {
    return (await this.#items.list('models')).map(({ sk }) => sk)
  }

  history(model: string, afterRev = 0): Promise<HistoryEntry[]> {
    return this.#items.under(`model#${model}`, {
      from: keys.history(model, afterRev + 1).sk,
      to: 'history#:',
    })
  }

  operation(id: string): Promise<Operation | undefined> {
    return this.#items.one(keys.operation(id))
  }

  async operations(model: string): Promise<Operation[]> {
    const pointers = await this.#items.list(`model#${model}`, { prefix: 'operation#', newestFirst: true })
    return this.#items.many(
      pointers.map(({ sk }) => keys.operation(operationIdIn(sk.slice('operation#'.length)))),
    )
  }

  async unfinished(): Promise<Operation[]> {
    const pointers = await this.#items.list('unfinished')
    return this.#items.many(pointers.map(({ sk }) => keys.operation(operationIdIn(sk))))
  }

  async claim(version: VersionRecord): Promise<VersionRecord> {
    const key = keys.version(version.model, version.version)
    for (;;) {
      const won = await this.#items.write([
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
      const standing = await this.#items.one<VersionRecord>(key)
      if (standing !== undefined) return standing
    }
  }

  async changeVersion(model: string, change: VersionChange): Promise<boolean> {
    for (;;) {
      const write = await this.#change(model, change)
      if (write === undefined) return false
      if (await this.#items.write([write])) return true
    }
  }

  async commit({ next, entry, ready, change }: Move): Promise<boolean> {
    const { model, rev } = next
    const changed = change === undefined ? undefined : await this.#change(model, change)
    if (change !== undefined && changed === undefined) return false
    // DynamoDB takes one write of an item a transaction: a change tells the state it must find, READY among them.
    const ownCheck = ready !== undefined && ready !== change?.version
    if (ready !== undefined && ready === change?.version && change.seen.state !== 'READY') return false
    return this.#items.write([
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
    return this.#items.write([
      { Put: { ...this.#operationItem(operation), ConditionExpression: 'attribute_not_exists(pk)' } },
      { Put: { ...pointer, Item: keys.operationOf(operation.model, operation) } },
      ...(isOver(operation) ? [] : [{ Put: { ...pointer, Item: keys.unfinished(operation) } }]),
    ])
  }

  replaceOperation(seen: Operation, next: Operation): Promise<boolean> {
    const pointer = { TableName: this.#table }
    return this.#items.write([
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
}

/** The id behind a moment: ids have no `#`. */
function operationIdIn(sk: string): string {
  return sk.slice(sk.indexOf('#') + 1)
}
