import { Problem } from '../../lib/rules/problem.ts'
import { describeRollout } from '../../lib/rules/rollout.ts'
import { awaitOperation } from '../await-operation.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'
import { table } from '../terminal/talk.ts'
import { expiryOf } from './keys.ts'

export interface ApproveOptions {
  readonly reason?: string
  readonly link?: boolean
  readonly for?: string
  readonly expires?: string
  readonly wait: boolean
}

/** What waits for a person, of what the caller may see. */
export async function approvals({ talk, platform }: Context): Promise<ExitCode> {
  const waiting = await platform.approvals()
  if (waiting.length === 0) talk.say('nothing waits for a person')
  const rows = waiting.map(({ id, model, version, alias = '', actor, reason, rollout, approval }) => [
    id,
    `${model} ${version} → ${alias}`,
    rollout === undefined ? '-' : describeRollout(rollout.plan),
    approval?.needs ?? '-',
    actor,
    new Date(approval?.expiresAt ?? 0).toISOString().slice(0, 16),
    reason,
  ])
  const head = ['OPERATION', 'WHAT MOVES', 'HOW', 'NEEDS', 'ASKED BY', 'EXPIRES', 'REASON']
  talk.data({ approvals: waiting }, table(head, rows))
  return exitCode.done
}

/** Let a promotion begin and watch it; or make a link by which another person may decide. */
export async function approve(context: Context, id: string, options: ApproveOptions): Promise<ExitCode> {
  if (options.link === true) return makeLink(context, id, options)
  const { reason, wait } = options
  if (options.for !== undefined || options.expires !== undefined)
    throw new Problem('usage', '--for and --expires go with --link')
  if (reason === undefined)
    throw new Problem('usage', 'to approve needs --reason TEXT, which stands in the history; or --link')
  return awaitOperation(context, await context.platform.decide(id, { decision: 'approve', reason }), wait)
}

/** End a promotion that waits; nothing is moved. */
export async function reject(
  { talk, platform }: Context,
  id: string,
  { reason }: { readonly reason: string },
): Promise<ExitCode> {
  const rejected = await platform.decide(id, { decision: 'reject', reason })
  talk.data(rejected, `${rejected.model} ${rejected.version} rejected`)
  return exitCode.done
}

async function makeLink({ talk, platform }: Context, id: string, options: ApproveOptions): Promise<ExitCode> {
  if (options.reason !== undefined)
    throw new Problem('usage', '--reason is given by whoever opens the link; leave it out')
  const now = Date.now()
  const until = Date.parse(expiryOf(options.expires ?? '24h', now))
  const { path, ...made } = await platform.approvalLink(id, {
    for: options.for,
    expiresSeconds: Math.round((until - now) / 1000),
  })
  const url = `${platform.url}${path}`
  talk.say(`whoever opens this link decides, once, until ${made.expiresAt}: send it to ${made.for} alone`)
  talk.data({ ...made, url }, url)
  return exitCode.done
}
