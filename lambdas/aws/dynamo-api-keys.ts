import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { ApiKeyRecord } from '../../lib/rules/api-key.ts'
import type { ApiKeys, Revocation } from '../ports.ts'
import { RecordTable } from './record-table.ts'

/** All keys lie in one partition: there are few, and those who list them want every one. */
const partition = 'keys'
const keyOf = (id: string) => ({ pk: partition, sk: id })

/** Keys in the registry's table. */
export class DynamoApiKeys implements ApiKeys {
  readonly #items: RecordTable
  readonly #table: string

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#items = new RecordTable(client, table)
    this.#table = table
  }

  find(id: string): Promise<ApiKeyRecord | undefined> {
    return this.#items.one(keyOf(id))
  }

  async list(): Promise<ApiKeyRecord[]> {
    const keys = await this.#items.under<ApiKeyRecord>(partition, {})
    return keys.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt))
  }

  create(key: ApiKeyRecord): Promise<boolean> {
    return this.#items.write([
      { Put: { ...this.#item(key), ConditionExpression: 'attribute_not_exists(pk)' } },
    ])
  }

  async revoke(id: string, revocation: Revocation): Promise<ApiKeyRecord | undefined> {
    for (;;) {
      const standing = await this.find(id)
      if (standing === undefined || standing.revokedAt !== undefined) return standing
      const revoked = { ...standing, ...revocation }
      const write = {
        ...this.#item(revoked),
        ConditionExpression: '#record = :standing',
        ExpressionAttributeNames: { '#record': 'record' },
        ExpressionAttributeValues: { ':standing': JSON.stringify(standing) },
      }
      if (await this.#items.write([{ Put: write }])) return revoked
    }
  }

  #item(key: ApiKeyRecord) {
    return { TableName: this.#table, Item: { ...keyOf(key.id), record: JSON.stringify(key) } }
  }
}
