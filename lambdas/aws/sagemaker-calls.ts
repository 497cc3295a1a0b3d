import {
  InvokeEndpointCommand,
  ModelError,
  ModelNotReadyException,
  type SageMakerRuntimeClient,
  SageMakerRuntimeServiceException,
} from '@aws-sdk/client-sagemaker-runtime'
import { timedOut } from '../../lib/rules/invocation-event.ts'
import { Problem } from '../../lib/rules/problem.ts'
import type { EndpointAnswer, EndpointRequest } from '../ports.ts'
import { askedUntil } from './asked-until.ts'
import { NoEndpoint } from './no-endpoint.ts'

/** Predictions by SageMaker. */
export class SageMakerCalls {
  readonly #client: SageMakerRuntimeClient

  /** @param client makes one attempt a call: a throttled caller is told at once */
  constructor(client: SageMakerRuntimeClient) {
    this.#client = client
  }

  /** @throws Problem `endpoint-unavailable` (NoEndpoint), `model-timeout`, `model-busy`, `body-too-large` */
  async invoke(name: string, request: EndpointRequest): Promise<EndpointAnswer> {
    const { body, contentType, accept = contentType, timeoutMs } = request
    try {
      const answer = await this.#client.send(
        new InvokeEndpointCommand({
          EndpointName: name,
          Body: Buffer.from(body),
          ContentType: contentType,
          Accept: accept,
        }),
        { abortSignal: askedUntil(request) },
      )
      return {
        status: 200,
        body: answer.Body ?? new Uint8Array(),
        contentType: answer.ContentType ?? 'application/octet-stream',
      }
    } catch (error) {
      return modelsAnswer(error, timeoutMs)
    }
  }
}

/** What the model itself said, where it did: SageMaker makes an error of every status that is not 2xx. */
function modelsAnswer(error: unknown, timeoutMs: number): EndpointAnswer {
  if (!(error instanceof ModelError)) throw refusalOf(error, timeoutMs)
  const { OriginalStatusCode: status = 0, OriginalMessage = '' } = error
  if (status < 100 || /invocation timed out/i.test(error.message)) throw timedOut(timeoutMs)
  return { status, body: Buffer.from(OriginalMessage), contentType: 'application/json' }
}

/** What SageMaker's refusal of a call means to the caller. */
function refusalOf(error: unknown, timeoutMs: number): unknown {
  if (Error.isError(error) && /^(?:Timeout|Abort)Error$/.test(error.name)) return timedOut(timeoutMs)
  if (!(error instanceof SageMakerRuntimeServiceException)) return error
  const status = error.$metadata.httpStatusCode
  if (
    /Throttl|TooManyRequests/.test(error.name) ||
    (status === 429 && !(error instanceof ModelNotReadyException))
  )
    return new Problem('model-busy', 'the version serves as many calls at once as it may')
  if (status === 413 || /larger than|exceeded|too large/i.test(error.message))
    return new Problem('body-too-large', 'the request is larger than SageMaker takes')
  if (/not found|could not find/i.test(error.message)) return new NoEndpoint()
  if (status === 403) return error
  return new Problem('endpoint-unavailable', 'the version is starting again; try again in a second')
}
