import { z } from 'zod'
import { textOf } from '../../lib/rules/body-text.ts'
import { aliasList, rolloutSchema } from '../../lib/rules/manifest.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { parseRolloutText } from '../../lib/rules/rollout.ts'
import { findingSentence, schemaFindings } from '../../lib/rules/schema-findings.ts'
import { parseJson } from '../../lib/rules/tabular-body.ts'

/** A text that is kept in the history for ever, and shown on terminals. @param longest in characters */
export const plainText = (longest: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .refine((text) => text.isWellFormed() && !/[^\P{Cc}\n\t]/u.test(text), {
      error: 'a text without control characters and halves of surrogate pairs',
    })

/** Why something is done. */
export const reason = plainText(500)

/** All checks, and nothing written; `?dryRun=true` says the same. */
const dryRun = z.boolean().optional()

/** The largest body of a control request, in bytes: a rollout of 50 steps with a reason has a tenth of it. */
const largestRequest = 64 * 1024

/** `POST …/promotions`. The rollout may be given in the command's short form. */
export const promotionRequest = z.strictObject({
  version: z.string(),
  alias: z.string().optional(),
  then: aliasList.optional(),
  rollout: z.union([z.string(), rolloutSchema]).optional(),
  reason: reason.default('asked for'),
  dryRun,
})

/** `POST …/pause`, `…/resume` and `…/abort`. */
export const reasonRequest = z.strictObject({ reason })

/** `POST …/skip`: the step as `rollout.step` of the operation says it, so that two wishes skip one step. */
export const skipRequest = z.strictObject({ step: z.int().min(0), reason })

/** `POST …/rollbacks`. Why is asked for: it is what one wants to know later. */
export const rollbackRequest = z.strictObject({
  alias: z.string().optional(),
  to: z.string().optional(),
  reason,
  dryRun,
})

/** `POST …/retirements`. */
export const retirementRequest = z.strictObject({
  version: z.string(),
  reason,
  ignoreCallers: z.boolean().optional(),
  dryRun,
})

/** `POST …/versions/{version}/deprecation`. */
export const deprecationRequest = z.strictObject({
  sunset: z.string().optional(),
  successor: z.string().optional(),
  reason,
  dryRun,
})

/** `DELETE …/versions/{version}/deprecation`. Its body may be left out. */
export const undoRequest = z.strictObject({ reason: reason.default('taken back'), dryRun })

/** `POST /reconciliations`. */
export const reconciliationRequest = z.strictObject({ dryRun: z.boolean().default(false) })

/** Read the JSON body of a control request. @param largest in bytes @throws Problem `body-malformed`, `request-malformed`, `body-too-large` */
export async function bodyOf<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
  largest = largestRequest,
): Promise<z.output<Schema>> {
  const text = textOf(await bytesOf(request, largest))
  const read = schema.safeParse(parseJson(text === '' ? '{}' : text, 'the body'), { reportInput: true })
  if (read.success) return read.data
  const errors = schemaFindings(read.error.issues, z.toJSONSchema(schema, { io: 'input' }) as object)
  const [first] = errors
  throw new Problem(
    'request-malformed',
    first === undefined ? 'the body is not what was asked for' : findingSentence(first, 'the body'),
    errors,
  )
}

/** Never more than the limit is read. @throws Problem `body-too-large` */
export async function bytesOf(request: Request, largest = largestRequest): Promise<Uint8Array> {
  const tooLarge = new Problem('body-too-large', `the body of this request has at most ${largest} bytes`)
  if (Number(request.headers.get('content-length') ?? 0) > largest) throw tooLarge
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength
    if (size > largest) throw tooLarge
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** A rollout however it was written. @throws Problem `rollout-malformed` */
export function readRollout(asked: z.output<typeof promotionRequest>['rollout']) {
  return typeof asked === 'string' ? parseRolloutText(asked) : asked
}
