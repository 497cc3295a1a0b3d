import { writeRecords } from '../moves.ts'
import { askedBy, end, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step } from '../step.ts'

/** Write the records, tell the world, and end the rollback. */
export const closeRollback =
  (ports: Ports): Step =>
  async ({ operation: id }) => {
    const operation = await operationOf(ports, id)
    const { model, version, alias = '', from = '', reason } = operation
    await writeRecords(ports, model)
    await end(ports, id, 'succeeded', `'${alias}' serves ${version} again`)
    await ports.events.publish({
      type: 'Rolled Back',
      ...askedBy(operation),
      version: from,
      to: version,
      alias,
      cause: 'request',
      message: reason,
    })
    return {}
  }
