import { Problem } from '../../lib/rules/problem.ts'
import { withoutPlaces } from '../../lib/rules/server-log.ts'

/** An error as an AWS client throws it. SageMaker models few of its errors: most are told by name and sentence. */
interface Refusal extends Error {
  readonly $fault?: 'client' | 'server'
  readonly $metadata?: { readonly httpStatusCode?: number }
}

function isRefusal(error: unknown): error is Refusal {
  return Error.isError(error) && '$metadata' in error
}

const isThrottle = ({ name }: Refusal) => /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown/.test(name)

/** SageMaker says so of what is not there, with the status 400 and no error of its own. */
export function isMissing(error: unknown): boolean {
  return (
    isRefusal(error) &&
    (/NotFound/.test(error.name) || /could not find|does not exist|^no scalable target/i.test(error.message))
  )
}

/** Somebody, often this very call whose answer was lost, has made it already. */
export function isStanding(error: unknown): boolean {
  return isRefusal(error) && /already exist/i.test(error.message)
}

/** An endpoint that is being made or changed is held fast. */
export function isInTransition(error: unknown): boolean {
  return isRefusal(error) && (error.name === 'ResourceInUse' || /in[- ]progress|in use/i.test(error.message))
}

/** A call of the control plane that may go well in a moment: throttled, out of order, or not yet aware of a role. */
export function isPassing(error: unknown): boolean {
  if (!isRefusal(error)) return false
  if (isThrottle(error) || error.$fault === 'server' || (error.$metadata?.httpStatusCode ?? 0) >= 500)
    return true
  return /could not assume role|concurrent|ConflictException/i.test(`${error.name} ${error.message}`)
}

/** The same, of something that names what was made a moment ago and may not be known everywhere yet. */
export function isPassingWhileMaking(error: unknown): boolean {
  return isPassing(error) || isMissing(error) || isStanding(error)
}

/** What a refusal for good means: it is the same tomorrow. @returns other errors as they are */
export function lastingRefusal(error: unknown): unknown {
  if (!isRefusal(error) || isPassing(error)) return error
  if (error.name === 'ResourceLimitExceeded')
    return new Problem(
      'host-unable',
      `the account may not have one more of these on SageMaker: ${withoutPlaces(error.message)}`,
    )
  if (error.name === 'ValidationException' && !isMissing(error) && !isStanding(error))
    return new Problem('endpoint-failed', `SageMaker refused it: ${withoutPlaces(error.message)}`)
  return error
}
