import { z } from 'zod'
import { rolloutSchema } from '../../lib/rules/manifest.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { parseRolloutText } from '../../lib/rules/rollout.ts'
import { schemaFindings } from '../../lib/rules/schema-findings.ts'
import { parseJson } from '../../lib/rules/tabular-body.ts'

const reason = z.string().trim().min(1).max(500)

/** `POST …/promotions`. The rollout may be given in the command's short form. */
export const promotionRequest = z.strictObject({
  version: z.string(),
  alias: z.string().optional(),
  rollout: z.union([z.string(), rolloutSchema]).optional(),
  reason: reason.default('asked for'),
})

/** `POST …/rollbacks`. Why is asked for: it is what one wants to know later. */
export const rollbackRequest = z.strictObject({
  alias: z.string().optional(),
  to: z.string().optional(),
  reason,
})

/** `POST …/retirements`. */
export const retirementRequest = z.strictObject({ version: z.string(), reason })

/** Read the JSON body of a control request. @throws Problem `body-malformed`, `request-malformed` */
export async function bodyOf<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
): Promise<z.output<Schema>> {
  const text = await request.text()
  const read = schema.safeParse(parseJson(text === '' ? '{}' : text, 'the body'), { reportInput: true })
  if (read.success) return read.data
  const errors = schemaFindings(read.error.issues, z.toJSONSchema(schema, { io: 'input' }) as object)
  const [first] = errors
  throw new Problem(
    'request-malformed',
    `${first?.pointer || 'the body'} is ${first?.found}, and allowed is ${first?.allowed}`,
    errors,
  )
}

/** A rollout however it was written. @throws Problem `rollout-malformed` */
export function readRollout(asked: z.output<typeof promotionRequest>['rollout']) {
  return typeof asked === 'string' ? parseRolloutText(asked) : asked
}
