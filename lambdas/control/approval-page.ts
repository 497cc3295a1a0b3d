import { html } from 'hono/html'
import { type Approvable, decisionSentence, isWaiting } from '../../lib/rules/approval.ts'
import { sha256Base64 } from '../../lib/rules/digest.ts'
import type { ApprovalLink, Operation } from '../../lib/rules/operation.ts'
import type { Problem } from '../../lib/rules/problem.ts'
import { describeRollout } from '../../lib/rules/rollout.ts'

const style =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}' +
  'dt{font-weight:600}dd{margin:0 0 .6rem;overflow-wrap:anywhere;white-space:pre-wrap}' +
  'textarea{width:100%;box-sizing:border-box;font:inherit}button{font:inherit;padding:.4rem 1.2rem;margin:.6rem .6rem 0 0}'

/**
 * The address of the page is a secret: it is kept by no cache and told to no other site. `no-referrer` would let
 * browsers send the form with `Origin: null`, as a page of another site might.
 */
export const pageHeaders = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${sha256Base64(style)}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Robots-Tag': 'noindex',
} as const

/** What is to be decided, and the form. @param serves what the alias serves now */
export function decisionPage(operation: Approvable, link: ApprovalLink, serves: string | undefined): string {
  const { model, version, alias } = operation
  return document(
    `Let ${model} ${version} to '${alias}'?`,
    html`${facts(operation, serves)}
<form method="post">
<p><label for="reason">Why? It stands in the history for ever, with the name ${link.for}.</label></p>
<textarea id="reason" name="reason" rows="3" maxlength="500" required></textarea>
<button name="decision" value="approve">Approve</button><button name="decision" value="reject">Reject</button>
</form>
<p>This link is good once, until ${new Date(link.expiresAt).toISOString()}.</p>`,
  )
}

/** What became of it: nothing is to be decided any more. */
export function outcomePage(operation: Operation): string {
  const { model, version, alias = '', approval, state } = operation
  const decision = approval?.decision
  const heading = decision === undefined ? `This promotion is ${state}` : 'This was decided'
  const told =
    decision !== undefined
      ? decisionSentence(decision)
      : isWaiting(operation)
        ? 'Nobody decided in time.'
        : (operation.problem?.detail ?? '')
  return document(heading, html`<p>${model} ${version} to '${alias}': ${told}</p>`)
}

/** Why the page cannot be shown, or the decision was not taken. */
export function refusalPage(problem: Problem): string {
  return document('This did not work', html`<p>${problem.message}</p>`)
}

function facts(operation: Approvable, serves: string | undefined) {
  const { id, actor, reason, rollout, approval, gates = [] } = operation
  const rows: (readonly [string, string | undefined])[] = [
    [
      'What moves',
      `${operation.model} ${operation.version} to '${operation.alias}', which serves ${serves ?? 'nothing yet'}`,
    ],
    ['How', rollout && describeRollout(rollout.plan)],
    ['Asked for by', actor],
    ['Why', reason],
    ['Pushed by', approval.pushedBy],
    ['Gates passed', gates.map(({ gate, found }) => `${gate}: ${found}`).join('\n') || undefined],
    ['Needs', approval.needs],
    ['Operation', id],
  ]
  const known = rows.filter(([, value]) => value !== undefined)
  return html`<dl>${known.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`
}

function document(title: string, body: ReturnType<typeof html>): string {
  return String(html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<style>${style}</style></head>
<body><h1>${title}</h1>
${body}
</body></html>
`)
}
