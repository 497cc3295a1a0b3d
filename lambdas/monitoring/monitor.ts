import { joinFeedback } from '../feedback/join-feedback.ts'
import type { Ports } from '../ports.ts'
import { everyVersion } from './every-version.ts'
import { forgetCaptures } from './forget-captures.ts'
import { type DriftLimits, lookForDrift } from './look-for-drift.ts'

/** What a turn of monitoring came to. */
export interface Monitored {
  /** Windows that were looked at, and breaches that began and ended in them. */
  readonly windows: number
  readonly raised: number
  readonly cleared: number
  /** Webhooks that never answered, and are not tried any more. */
  readonly givenUp: number
  /** Rows of feedback that found their call. */
  readonly joined: number
  /** What could not be done, in words for people. */
  readonly broken: readonly string[]
}

/**
 * Do what is due with recorded calls: look for drift, join feedback, and remove what is too old. All of it sees the same
 * versions, which are read once; one that fails keeps no other from its turn. One turn at a time.
 * @param isForgetting whether what is too old is looked for, too. @default true
 */
export async function monitor(
  ports: Ports,
  { isForgetting = true, ...limits }: Partial<DriftLimits> & { readonly isForgetting?: boolean } = {},
): Promise<Monitored> {
  const broken: string[] = []
  const attempt = async <T>(what: string, job: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await job()
    } catch (fault) {
      broken.push(`${what}: ${Error.isError(fault) ? fault.message : String(fault)}`)
      return undefined
    }
  }
  const models = await attempt('the versions could not be read', () => everyVersion(ports.registry))
  const nothing = { windows: 0, raised: 0, cleared: 0, givenUp: 0, joined: 0 }
  if (models === undefined) return { ...nothing, broken }
  const look = await attempt('drift was not looked for', () => lookForDrift(ports, models, limits))
  const joining = await attempt('feedback was not joined', () => joinFeedback(ports, models))
  const forgotten = isForgetting
    ? await attempt('what is too old was not removed', () => forgetCaptures(ports, models))
    : []
  broken.push(...(look?.broken ?? []), ...(forgotten ?? []))
  const { windows, raised, cleared, givenUp } = look ?? nothing
  return { windows, raised, cleared, givenUp, joined: joining?.joined ?? 0, broken }
}
