import { isOver } from '../../lib/rules/operation.ts'
import { mustBeServedAsOurs } from '../endpoint-truth.ts'
import { refuseUnlessReady } from '../moves.ts'
import { note, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step, StepInput } from '../step.ts'
import { returnAlias } from './roll-back.ts'

/** Make sure that the alias was moved, and that what it points to answers and is ours. */
export const probeTarget =
  (ports: Ports): Step<StepInput, { readonly status: 'probed' | 'over' }> =>
  async ({ operation: id }) => {
    const operation = await operationOf(ports, id)
    if (isOver(operation)) return { status: 'over' }
    const { model } = operation
    const version = await returnAlias(ports, operation)
    await mustBeServedAsOurs(
      ports,
      refuseUnlessReady(model, version, await ports.registry.version(model, version)),
    )
    await note(ports, id, {}, `${version} answers`)
    return { status: 'probed' }
  }
