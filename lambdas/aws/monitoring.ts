import { type Monitored, monitor } from '../monitoring/monitor.ts'
import { awsPorts } from './ports.ts'

const ports = awsPorts()

/** The schedule that looks at what was recorded: for drift, for what it turned out to be, and for what is too old. */
export async function handler(): Promise<Monitored> {
  const { broken, ...came } = await monitor(ports)
  for (const one of broken) console.error(`could not be monitored: ${one}`)
  console.info(JSON.stringify({ monitored: true, ...came, broken: broken.length }))
  return { ...came, broken: broken.slice(0, 20) }
}
