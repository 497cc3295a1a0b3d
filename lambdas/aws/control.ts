import { handle } from 'hono/aws-lambda'
import { controlApp } from '../control/control.ts'
import { apiKeys } from './api-keys.ts'
import { atTheDoor } from './door.ts'
import { awsPorts } from './ports.ts'
import { setting } from './settings.ts'

const app = controlApp(awsPorts(), {
  store: `s3://${setting('bucket')}`,
  keys: apiKeys(),
  callers: setting('callers') as 'iam' | 'keys' | 'jwt',
  deployed: true,
})

export const handler = handle(atTheDoor(app))
