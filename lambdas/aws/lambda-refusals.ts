import {
  InvalidParameterValueException,
  LambdaServiceException,
  ResourceConflictException,
  ResourceNotFoundException,
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
  return new Problem('endpoint-unavailable', 'the version is starting again; try again in a second')
}

/** A call of the control plane that may go well in a moment: throttled, in conflict, or not yet aware of a role. */
export function isPassing(error: unknown): boolean {
  if (error instanceof TooManyRequestsException || error instanceof ResourceConflictException) return true
  if (error instanceof InvalidParameterValueException) return /cannot be assumed/i.test(error.message)
  return error instanceof LambdaServiceException && error.$fault === 'server'
}
