import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Grant, grantsText, mayMove, parseGrant } from '../../lib/rules/access.ts'
import {
  type Approvable,
  approvalNeeded,
  carriedOut,
  decided,
  deciderOf,
  isExpired,
  isPerson,
  linkOf,
  parseApprovalText,
  refuseUnlessOther,
  stricter,
  waitingSentence,
  withLink,
} from '../../lib/rules/approval.ts'
import { type ApprovalDecision, approvals } from '../../lib/rules/operation.ts'
import { defaultLimits, rolloutDeadline } from '../../lib/rules/rollout.ts'

const start = Date.parse('2026-03-01T10:00:00Z')
const expiresAt = start + 7 * 24 * 3600 * 1000
const plan = { kind: 'canary', steps: [{ weightPercent: 10, bakeTimeSeconds: 600 }] } as const

const waiting = (more: Partial<Approvable['approval']> = {}, actor = 'ada'): Approvable => ({
  id: 'promotion-1',
  kind: 'promotion',
  model: 'churn',
  version: '1.1.0',
  alias: 'live',
  state: 'waiting',
  actor,
  reason: 'better',
  startedAt: new Date(start).toISOString(),
  deadline: expiresAt,
  progress: [],
  rollout: { plan, limits: defaultLimits, step: -1, bakeEndsAt: start, looks: 0 },
  approval: { needs: 'required', expiresAt, ...more },
  executions: 0,
})
const by = (decision: ApprovalDecision['decision'], at: number): ApprovalDecision => ({
  decision,
  by: 'bea',
  reason: 'why',
  at: new Date(at).toISOString(),
})
const code = (act: () => unknown) => {
  try {
    act()
  } catch (error) {
    return (error as { code?: string }).code
  }
  return undefined
}

const need = fc.constantFrom(...approvals)

describe('what a promotion needs', () => {
  test('is the stricter of two, whichever way round, and never less than the platform asks', () => {
    fc.assert(
      fc.property(need, need, need, (a, b, c) => {
        expect(stricter(a, b)).toBe(stricter(b, a))
        expect(stricter(stricter(a, b), c)).toBe(stricter(a, stricter(b, c)))
        const needed = approvalNeeded({ live: a }, 'live', b)
        expect(approvals.indexOf(needed)).toBe(Math.max(approvals.indexOf(a), approvals.indexOf(b)))
      }),
    )
  })

  test('is the manifest alone where the platform says nothing of the alias, whatever its name', () => {
    for (const alias of ['staging', 'constructor', '__proto__'])
      expect(approvalNeeded({ live: 'four-eyes' }, alias)).toBe('none')
  })
})

/** Every way in which a world names who calls, and people of each. */
const caller = fc
  .tuple(
    fc.constantFrom('', 'key ', 'token ', 'arn:aws:iam::111122223333:user/'),
    fc.constantFrom('a', 'b', 'c'),
  )
  .map(([kind, who]) => kind + who)
const unnamed = fc.constantFrom('111122223333', 'listing', 'anonymous', 's3.amazonaws.com')

describe('who may decide', () => {
  test('with four eyes: never who pushed, never who asked, and only one who is known apart from one of them', () => {
    const kindOf = (name: string) => name.slice(0, -1)
    fc.assert(
      fc.property(
        fc.oneof(caller, unnamed),
        fc.oneof(caller, unnamed),
        caller,
        (pushedBy, asker, decider) => {
          const refused = code(() =>
            refuseUnlessOther(waiting({ needs: 'four-eyes', pushedBy }, asker), decider),
          )
          const apart = [pushedBy, asker].some((one) => isPerson(one) && kindOf(one) === kindOf(decider))
          expect(refused).toBe(pushedBy === decider || asker === decider || !apart ? 'four-eyes' : undefined)
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('where any person will do: also who asked', () => {
    expect(code(() => refuseUnlessOther(waiting({ pushedBy: 'ada' }), 'ada'))).toBeUndefined()
  })

  test('an account, a listing and a stranger are no persons', () => {
    for (const name of ['111122223333', 'listing', 'anonymous', 's3.amazonaws.com'])
      expect([name, isPerson(name)]).toEqual([name, false])
    for (const name of ['root', 'key ada (0123456789abcdef)', '11112222333'])
      expect(isPerson(name)).toBe(true)
  })
})

describe('a decision', () => {
  test('is taken once: of any sequence the first in time stands', () => {
    const decisions = fc.array(fc.constantFrom('approve', 'reject'), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(
        decisions,
        fc.integer({ min: 0, max: expiresAt - start - 1 }),
        fc.boolean(),
        (all, after, out) => {
          let operation: Approvable = waiting()
          for (const [i, one] of all.entries()) {
            const refused = code(() => {
              operation = decided(operation, by(one as 'approve', start + after))
            })
            expect(refused).toBe(i === 0 ? undefined : 'approval-over')
            if (out) operation = carriedOut(operation, start + after) as Approvable
          }
          expect(operation.approval.decision?.decision).toBe(all[0])
        },
      ),
    )
  })

  test('to approve lets it run, with a deadline that begins now', () => {
    const now = start + 5 * 24 * 3600 * 1000
    const run = carriedOut(decided(waiting(), by('approve', now)), now)
    expect(run).toMatchObject({ state: 'running', deadline: rolloutDeadline(plan, now) })
    expect(run.gates).toEqual([{ gate: 'approval', found: 'required: approved by bea: why' }])
    expect(carriedOut(run as Approvable, now)).toBe(run)
  })

  test('to reject ends it, and so does time', () => {
    for (const [decision, problem] of [
      ['reject', 'rejected'],
      ['expire', 'approval-expired'],
    ] as const) {
      const over = carriedOut(
        decided(waiting(), by(decision, decision === 'reject' ? start : expiresAt)),
        expiresAt,
      )
      expect(over).toMatchObject({ state: 'failed', problem: { code: problem } })
      expect(over.endedAt).toBe(new Date(expiresAt).toISOString())
    }
  })

  test('comes too late from the moment on that it expires at', () => {
    expect(code(() => decided(waiting(), by('approve', expiresAt - 1)))).toBeUndefined()
    expect(code(() => decided(waiting(), by('approve', expiresAt)))).toBe('approval-expired')
    expect([isExpired(waiting(), expiresAt - 1), isExpired(waiting(), expiresAt)]).toEqual([false, true])
  })

  test('is of nothing that never waited', () => {
    const { approval: _, ...running } = { ...waiting(), state: 'running' as const }
    expect(code(() => decided(running, by('approve', start)))).toBe('approval-over')
  })
})

describe('a link', () => {
  const link = { hash: 'aa', by: 'ada', for: 'bea', expiresAt: start + 1000 }

  test('is found by its hash while its time lasts', () => {
    const linked = withLink(waiting(), link, start)
    expect(linked.approval.decision).toBeUndefined()
    expect(linkOf(linked, 'aa', start + 999)).toEqual(link)
    for (const [operation, hash, now] of [
      [linked, 'aa', start + 1000],
      [linked, 'ab', start],
      [waiting(), 'aa', start],
      [undefined, 'aa', start],
    ] as const)
      expect(code(() => linkOf(operation, hash, now))).toBe('approval-link-unknown')
  })

  test('is made of what waits alone, and not without end', () => {
    const over = decided(waiting(), by('reject', start))
    expect(code(() => withLink(over, link, start))).toBe('approval-over')
    expect(code(() => withLink(waiting(), link, expiresAt))).toBe('approval-expired')
    let many: Approvable = waiting()
    for (let i = 0; i < 20; i += 1) many = withLink(many, { ...link, hash: `${i}` }, start)
    expect(code(() => withLink(many, link, start))).toBe('request-malformed')
    expect(withLink(many, link, start + 1000).approval.links).toEqual([link])
  })

  test('is told with the decision: a name on it is what its maker wrote', () => {
    expect(deciderOf({ ...by('approve', start), linkBy: 'ada' })).toBe('bea (by a link of ada)')
  })
})

test('who waits is told what to do', () => {
  expect(waitingSentence(waiting({ needs: 'four-eyes' }))).toMatch(
    /neither pushed the version nor asked for this: sluice approve promotion-1 --reason TEXT/,
  )
})

test.each(['live', 'live=', 'live=maybe', '=required', 'Live=required', 'live=none '])(
  'the command takes no --approval %j',
  (text) => expect(code(() => parseApprovalText(text))).toBe('usage'),
)

describe('a right on one alias', () => {
  const grant: Grant = { scope: 'promote', model: 'churn', alias: 'staging' }

  test('is read as it is written, and of no other scope', () => {
    expect(grantsText([grant])).toBe('promote:churn@staging')
    expect(parseGrant('promote:churn@staging')).toEqual(grant)
    expect(parseGrant('promote:*@staging')).toEqual({ ...grant, model: '*' })
    for (const text of [
      'admin:churn@staging',
      'invoke:churn@live',
      'promote:churn@',
      'promote:churn@previous',
      'promote:churn@a@b',
    ])
      expect([text, parseGrant(text)]).toEqual([text, undefined])
  })

  test('moves that alias of that model, and nothing else', () => {
    const may = (grants: readonly Grant[] | undefined, model: string, alias?: string) =>
      mayMove(grants, model, alias).allowed
    expect(may([grant], 'churn', 'staging')).toBe(true)
    expect([may([grant], 'churn', 'live'), may([grant], 'other', 'staging'), may([grant], 'churn')]).toEqual([
      false,
      false,
      false,
    ])
    expect(may([{ scope: 'promote', model: '*' }], 'churn', 'live')).toBe(true)
    expect(may([{ scope: 'publish', model: 'churn' }], 'churn', 'live')).toBe(false)
    expect(may(undefined, 'churn', 'live')).toBe(true)
  })
})
