import { randomBytes } from 'node:crypto'
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'

const place = { pk: 'capture-key', sk: 'record' }
const keyBytes = 32

/** What a platform hashes recorded values with: made by the first who needs it, and the same for all from then on. */
export async function captureKey(client: DynamoDBDocumentClient, table: string): Promise<Uint8Array> {
  const known = await read(client, table)
  if (known !== undefined) return known
  try {
    await client.send(
      new PutCommand({
        TableName: table,
        Item: { ...place, key: randomBytes(keyBytes).toString('base64') },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    )
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
  }
  const made = await read(client, table)
  if (made === undefined) throw new Error('the key of captures was made, and is not there')
  return made
}

async function read(client: DynamoDBDocumentClient, table: string): Promise<Uint8Array | undefined> {
  const { Item } = await client.send(new GetCommand({ TableName: table, Key: place, ConsistentRead: true }))
  return Item === undefined ? undefined : Buffer.from(String(Item['key']), 'base64')
}
