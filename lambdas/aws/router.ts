import { handle } from 'hono/aws-lambda'
import { routerApp } from '../serving/router.ts'
import { atTheDoor } from './door.ts'
import { awsPorts } from './ports.ts'

export const handler = handle(atTheDoor(routerApp(awsPorts())))
