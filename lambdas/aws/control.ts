import { handle } from 'hono/aws-lambda'
import { controlApp } from '../control/control.ts'
import { atTheDoor } from './door.ts'
import { awsPorts } from './ports.ts'
import { setting } from './settings.ts'

export const handler = handle(atTheDoor(controlApp(awsPorts(), { store: `s3://${setting('bucket')}` })))
