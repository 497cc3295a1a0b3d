import type { Context } from 'hono'
import { z } from 'zod'
import { isExpired, isWaiting, linkOf } from '../../lib/rules/approval.ts'
import { textOf } from '../../lib/rules/body-text.ts'
import { sha256Hex } from '../../lib/rules/digest.ts'
import type { ApprovalLink, Operation } from '../../lib/rules/operation.ts'
import { isProblem, Problem } from '../../lib/rules/problem.ts'
import type { Ports } from '../ports.ts'
import { asProblem, type Door, requestIdOf } from '../problem-answer.ts'
import { decideOn } from '../promotion/approval.ts'
import { decisionPage, outcomePage, pageHeaders, refusalPage } from './approval-page.ts'
import { bytesOf, reason } from './requests.ts'

/** What the page's form sends. */
const form = z.strictObject({ decision: z.enum(['approve', 'reject']), reason })

/**
 * The page of a link. To open it changes nothing, since mail scanners open links; to send its form decides. Whoever has
 * the link is who it was made for: nothing else is asked.
 */
export async function answerLink(ports: Ports, context: Context<Door>): Promise<Response> {
  try {
    const id = context.req.param('id') ?? ''
    const { operation, link } = await opened(ports, id, context.req.query('secret') ?? '')
    if (context.req.method !== 'POST')
      return isWaiting(operation) &&
        operation.approval.decision === undefined &&
        !isExpired(operation, ports.clock.now())
        ? page(context, 200, decisionPage(operation, link, await servedNow(ports, operation)))
        : page(context, 200, outcomePage(operation))
    const { decision, reason: why } = await sent(context.req.raw)
    const by = { decision, reason: why, by: link.for, linkBy: link.by }
    return page(context, 200, outcomePage(await decideOn(ports, id, by, () => {})))
  } catch (error) {
    if (!isProblem(error)) console.error(requestIdOf(context), error)
    const problem = asProblem(error)
    return page(context, problem.status, refusalPage(problem))
  }
}

/** @throws Problem `approval-link-unknown` */
async function opened(
  { registry, clock, settings }: Ports,
  id: string,
  secret: string,
): Promise<{ operation: Operation; link: ApprovalLink }> {
  const operation = settings.approvalLinks ? await registry.operation(id) : undefined
  const link = linkOf(operation, sha256Hex(secret), clock.now())
  return { operation: operation as Operation, link }
}

async function servedNow({ registry }: Ports, { model, alias = '' }: Operation): Promise<string | undefined> {
  return (await registry.model(model))?.aliases[alias]?.stable
}

/** @throws Problem `request-malformed`, `body-too-large` */
async function sent(request: Request): Promise<z.output<typeof form>> {
  const fields = Object.fromEntries(new URLSearchParams(textOf(await bytesOf(request))))
  // A form sends lines with the two characters that end them in mail.
  const read = form.safeParse({ ...fields, reason: fields['reason']?.replaceAll('\r\n', '\n') })
  if (read.success) return read.data
  throw new Problem(
    'request-malformed',
    'a decision needs approve or reject, and a reason of 1 to 500 characters; go back, and say why',
  )
}

function page(context: Context<Door>, status: number, html: string): Response {
  return new Response(html, { status, headers: { ...pageHeaders, 'X-Request-Id': requestIdOf(context) } })
}
