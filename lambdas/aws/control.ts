import { handle } from 'hono/aws-lambda'
import { environment } from '../../lib/wiring/environment.ts'
import { controlApp } from '../control/control.ts'
import { atTheDoor } from './door.ts'
import { awsPorts } from './ports.ts'

export const handler = handle(
  atTheDoor(controlApp(awsPorts(), { store: `s3://${process.env[environment.bucket]}` })),
)
