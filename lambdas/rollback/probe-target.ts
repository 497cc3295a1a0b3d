import { isOver } from '../../lib/rules/operation.ts'
import { wokenAsOurs } from '../endpoint-truth.ts'
import { refuseUnlessReady } from '../moves.ts'
import { note, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step, StepInput } from '../step.ts'
import { returnAlias } from './roll-back.ts'

type Probed =
  | { readonly status: 'probed' | 'over' }
  | { readonly status: 'waking'; readonly waitUntil: string }

/** Make sure that the alias was moved, and that what it points to answers and is ours; what sleeps is woken. */
export const probeTarget =
  (ports: Ports): Step<StepInput, Probed> =>
  async ({ operation: id }) => {
    const operation = await operationOf(ports, id)
    if (isOver(operation)) return { status: 'over' }
    const { model } = operation
    const version = await returnAlias(ports, operation)
    const found = refuseUnlessReady(model, version, await ports.registry.version(model, version))
    const waitUntil = await wokenAsOurs(ports, operation, found)
    if (waitUntil !== undefined) {
      await note(ports, id, {}, `${version} is being woken`)
      return { status: 'waking', waitUntil }
    }
    await note(ports, id, {}, `${version} answers`)
    return { status: 'probed' }
  }
