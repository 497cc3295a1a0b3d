import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { ApiKeys } from '../ports.ts'
import { DynamoApiKeys } from './dynamo-api-keys.ts'
import { setting } from './settings.ts'

/** The platform's keys. */
export function apiKeys(): ApiKeys {
  return new DynamoApiKeys(DynamoDBDocumentClient.from(new DynamoDBClient()), setting('table'))
}
