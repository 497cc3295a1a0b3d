import { type Monitored, monitor } from '../monitoring/monitor.ts'
import { awsPorts } from './ports.ts'

const ports = awsPorts()

/** The schedule that looks at what was recorded: for drift, for what it turned out to be, and for what is too old. */
export async function handler(): Promise<Monitored> {
  const { broken, ...came } = await monitor(ports)
  for (const one of broken) console.error(`could not be monitored: ${one}`)
  // Past the runtime, which would put it into a line of its own: filters of the log read these fields.
  process.stdout.write(`${JSON.stringify({ monitored: true, ...came, broken: broken.length })}\n`)
  return { ...came, broken: broken.slice(0, 20) }
}
