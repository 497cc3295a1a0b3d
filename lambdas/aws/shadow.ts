import type { LambdaContext } from 'hono/aws-lambda'
import { type HandedOver, HandedOverCalls } from '../comparison/handed-over.ts'
import { LiveShadows } from '../comparison/live-shadows.ts'
import { shadowPorts } from './shadow-ports.ts'

const ports = shadowPorts()
const handed = new HandedOverCalls(new LiveShadows(ports, console.error), ports.clock)

/** A prediction takes 28 s at most, and what was found is written down after it. */
const leftForLastMs = 40_000

/** The router has answered calls, and their shadows are to be asked as well. */
export async function handler(event: HandedOver, context: LambdaContext): Promise<void> {
  await handed.hear(event, ports.clock.now() + context.getRemainingTimeInMillis() - leftForLastMs)
}
