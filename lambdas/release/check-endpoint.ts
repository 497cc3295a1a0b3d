import { isServedAsOurs } from '../endpoint-truth.ts'
import { refuseUnknown } from '../moves.ts'
import { note, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step, StepInput } from '../step.ts'
import { lookAgain } from './waiting.ts'

type Checked = { readonly status: 'active' } | { readonly status: 'creating'; readonly waitUntil: string }

/** Wait until the endpoint answers, and make sure that it is ours that answers. */
export const checkEndpoint =
  (ports: Ports): Step<StepInput, Checked> =>
  async ({ operation: id }) => {
    const operation = await operationOf(ports, id)
    const { model, version } = operation
    const record = refuseUnknown(model, version, await ports.registry.version(model, version))
    if (await isServedAsOurs(ports, record)) {
      await note(ports, id, {}, 'the endpoint answers')
      return { status: 'active' }
    }
    const { startedAt, endpointDeadline = Number.POSITIVE_INFINITY } = operation
    const deadline = Math.min(operation.deadline, endpointDeadline)
    const waitUntil = lookAgain(ports, { startedAt, deadline }, 'endpoint-failed', 'its endpoint')
    return { status: 'creating', waitUntil }
  }
