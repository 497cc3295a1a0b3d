import { writeRecords } from '../moves.ts'
import { end, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step } from '../step.ts'

/** Write the records, and end the retirement. */
export const closeRetirement =
  (ports: Ports): Step =>
  async ({ operation: id }) => {
    const { model, version } = await operationOf(ports, id)
    await writeRecords(ports, model)
    await end(ports, id, 'succeeded', `${model} ${version} is retired`)
    return {}
  }
