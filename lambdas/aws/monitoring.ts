import { joinFeedback } from '../feedback/join-feedback.ts'
import { forgetCaptures } from '../monitoring/forget-captures.ts'
import { lookForDrift } from '../monitoring/look-for-drift.ts'
import { awsPorts } from './ports.ts'

const ports = awsPorts()

/** What a run came to. */
interface Monitored {
  /** Windows that were looked at, and breaches that began and ended in them. */
  readonly windows: number
  readonly raised: number
  readonly cleared: number
  /** Rows of feedback that found their call. */
  readonly joined: number
  /** What could not be done, in words for people. */
  readonly broken: readonly string[]
}

/** The schedule that looks at what was recorded: for drift, for what it turned out to be, and for what is too old. */
export async function handler(): Promise<Monitored> {
  const broken: string[] = []
  // One that fails keeps no other from its turn.
  const attempt = async <T>(what: string, job: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await job()
    } catch (fault) {
      broken.push(`${what}: ${Error.isError(fault) ? fault.message : String(fault)}`)
      return undefined
    }
  }
  const look = await attempt('drift was not looked for', () => lookForDrift(ports))
  const joining = await attempt('feedback was not joined', () => joinFeedback(ports))
  const forgotten = await attempt('what is too old was not removed', () => forgetCaptures(ports))
  broken.push(...(look?.broken ?? []), ...(forgotten ?? []))
  for (const one of broken) console.error(`could not be monitored: ${one}`)
  const { windows = 0, raised = 0, cleared = 0 } = look ?? {}
  const came = { windows, raised, cleared, joined: joining?.joined ?? 0 }
  console.info(JSON.stringify({ monitored: true, ...came, broken: broken.length }))
  return { ...came, broken: broken.slice(0, 20) }
}
