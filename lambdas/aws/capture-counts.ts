import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb'
import type { CaptureStanding } from '../monitoring-ports.ts'

/** Where the registry's table counts what was lost of a model's records: an item a version. */
export function capturePartition(model: string): string {
  return `captures#${model}`
}

/** What was lost of a model's records, counted by whoever lost it. What was written, the files tell. */
export async function lostCaptures(
  client: DynamoDBDocumentClient,
  table: string,
  model: string,
): Promise<CaptureStanding[]> {
  const standing: CaptureStanding[] = []
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': capturePartition(model) },
      ConsistentRead: true,
    },
  )
  for await (const { Items = [] } of pages)
    for (const item of Items)
      standing.push({ version: String(item['sk']), lost: Number(item['lost']), interruptions: 0 })
  return standing
}
