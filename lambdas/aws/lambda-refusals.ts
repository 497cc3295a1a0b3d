import {
  InvalidParameterValueException,
  LambdaServiceException,
  ResourceConflictException,
  ResourceNotFoundException,
  ResourceNotReadyException,
  TooManyRequestsException,
} from '@aws-sdk/client-lambda'
import { timedOut } from '../../lib/rules/invocation-event.ts'
import { Problem } from '../../lib/rules/problem.ts'

/** What Lambda's refusal of a call means to the caller. */
export function refusalOf(error: unknown, timeoutMs: number): unknown {
  if (Error.isError(error) && /^(?:Timeout|Abort)Error$/.test(error.name)) return timedOut(timeoutMs)
  if (error instanceof TooManyRequestsException)
    return new Problem('model-busy', 'the version serves as many calls at once as it may')
  if (!(error instanceof LambdaServiceException)) return error
  if (error.$metadata.httpStatusCode === 413)
    return new Problem('body-too-large', 'the request is larger than a Lambda event may be')
  if (error instanceof ResourceNotFoundException)
    return new Problem('endpoint-unavailable', 'the version has no endpoint')
  if (error.$metadata.httpStatusCode === 403) return error
  const startsAgain = new Problem(
    'endpoint-unavailable',
    'the version is starting again; try again when Retry-After says',
  )
  return refusesToStart(error) ? startsAgain.starting().after(5) : startsAgain
}

/** Lambda prepares a function anew, and has handed the call to nobody. Whatever else it fails with, it may have. */
function refusesToStart(error: LambdaServiceException): boolean {
  return error instanceof ResourceConflictException || error instanceof ResourceNotReadyException
}

/** A call of the control plane that may go well in a moment: throttled, in conflict, or not yet aware of a role. */
export function isPassing(error: unknown): boolean {
  if (error instanceof TooManyRequestsException || error instanceof ResourceConflictException) return true
  if (error instanceof InvalidParameterValueException) return /cannot be assumed/i.test(error.message)
  return error instanceof LambdaServiceException && error.$fault === 'server'
}
