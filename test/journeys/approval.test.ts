import { userInfo } from 'node:os'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { PlatformClient } from '../../cli/platform-client.ts'
import type { Scope } from '../../lib/rules/access.ts'
import { findBreak } from '../../lib/rules/audit.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { sluiceRun } from '../cli/command.ts'
import { timesModel } from '../harness/onnx-models.ts'
import { until } from '../harness/until.ts'
import { Stage, whole } from './stage.ts'

let stage: Stage
let made = 0
const realNow = Date.now
afterEach(() => {
  Date.now = realNow
})

const user = userInfo().username
const kinds = async (model: string) => (await stage.client.history(model)).map(({ kind }) => kind)
const told = (type: string, id: string) =>
  stage.events.filter((one) => one['detail-type'] === type && one.detail['operation'] === id)

/** Release 1.0.0, which an owner lets go live, and 1.1.0, which waits to be promoted. */
async function releaseTwo(model: string, approver: PlatformClient): Promise<void> {
  await stage.drop(
    model,
    '1.0.0',
    whole({ 'model.onnx': timesModel(2) }, 'release: {alias: staging, rollout: {kind: all-at-once}}\n'),
  )
  await stage.serves(model, '1.0.0', 'staging')
  const first = await stage.client.promote(model, { version: '1.0.0', alias: 'live', rollout: 'all-at-once' })
  if (first.state === 'waiting') await approver.decide(first.id, { decision: 'approve', reason: 'the first' })
  await stage.serves(model, '1.0.0')
  await stage.drop(model, '1.1.0', whole({ 'model.onnx': timesModel(3) }, 'release: {alias: none}\n'))
  await stage.ended('release', model, '1.1.0')
}

describe('on a laptop that asks nobody who they are', () => {
  beforeAll(async () => {
    stage = await Stage.open(undefined, { live: 'required' })
    await releaseTwo('churn', stage.client)
  }, 60_000)
  afterAll(() => stage.close())

  const ask = (reason = 'better') =>
    stage.client.promote('churn', { version: '1.1.0', rollout: 'all-at-once', reason })
  const live = async () => (await stage.client.model('churn')).aliases['live']?.stable

  test('a promotion waits, survives a restart of everything, and begins when somebody approves it', async () => {
    const asked = await ask()
    expect(asked).toMatchObject({ state: 'waiting', approval: { needs: 'required', pushedBy: user } })
    expect(asked.progress.at(-1)?.text).toMatch(/^waits until .*: sluice approve promotion-/)
    expect(told('Approval Needed', asked.id)).toHaveLength(1)
    await stage.stop()
    await stage.start()
    expect(await stage.client.operation(asked.id)).toEqual(asked)
    expect((await stage.client.approvals()).map(({ id }) => id)).toEqual([asked.id])
    const { stdout } = await sluiceRun(['--platform', stage.url, 'show', 'churn'])
    expect(stdout).toMatch(new RegExp(`^${asked.id} +waits for approval +1\\.1\\.0 `, 'm'))
    expect(await live()).toBe('1.0.0')
    // A week is not the rollout's: its deadline begins when it does.
    Date.now = () => realNow() + 6 * 24 * 3600 * 1000
    const approved = await stage.client.decide(asked.id, { decision: 'approve', reason: 'I looked at it' })
    expect(approved).toMatchObject({ state: 'running', deadline: expect.any(Number) })
    expect(approved.deadline).toBeGreaterThan(Date.now())
    const ended = await stage.over(asked.id)
    expect(ended).toMatchObject({
      state: 'succeeded',
      gates: [{ gate: 'golden' }, { gate: 'compatibility' }, { gate: 'approval' }],
    })
    expect(await live()).toBe('1.1.0')
    expect((await kinds('churn')).slice(-2)).toEqual(['approved', 'promoted'])
    expect(await stage.client.approvals()).toEqual([])
    expect(told('Approved', asked.id)).toHaveLength(1)
    const records = await stage.records('churn')
    expect(records).toEqual(await stage.client.history('churn'))
    expect(findBreak(records, await stage.client.model('churn'))).toBeUndefined()
    const back = await stage.client.rollback('churn', { reason: 'for the next test' })
    await stage.over(back.id)
  }, 60_000)

  test('a rejection ends it with its reason, moves nothing, and stands in history and records at once', async () => {
    const asked = await ask()
    const reason = '<script>alert(1)</script> "no" \n & ünï'
    const rejected = await stage.client.decide(asked.id, { decision: 'reject', reason })
    expect(rejected).toMatchObject({ state: 'failed', problem: { code: 'rejected' } })
    expect(await live()).toBe('1.0.0')
    expect((await stage.records('churn')).at(-1)).toMatchObject({ kind: 'rejected', reason, actor: user })
    expect(told('Rejected', asked.id)).toHaveLength(1)
    for (const decision of ['approve', 'reject'])
      await expect(stage.client.decide(asked.id, { decision, reason: 'again' })).rejects.toMatchObject({
        code: 'approval-over',
      })
    expect((await kinds('churn')).filter((kind) => kind === 'rejected')).toHaveLength(1)
  })

  test('of ten who decide at once one wins, and the history tells it once', async () => {
    const asked = await ask()
    const before = (await kinds('churn')).length
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) =>
        stage.client.decide(asked.id, { decision: i % 2 === 0 ? 'approve' : 'reject', reason: `${i}` }),
      ),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const one of outcomes)
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'approval-over' })
    const ended = await stage.over(asked.id)
    const since = (await kinds('churn')).slice(before)
    expect(since).toEqual(
      ended.approval?.decision?.decision === 'approve' ? ['approved', 'promoted'] : ['rejected'],
    )
    if (since.length === 2) await stage.over((await stage.client.rollback('churn', { reason: 'back' })).id)
  }, 30_000)

  test('it expires when nobody decides, also while the platform was down', async () => {
    const asked = await ask()
    const other = await ask()
    Date.now = () => realNow() + 8 * 24 * 3600 * 1000
    await expect(
      stage.client.decide(asked.id, { decision: 'approve', reason: 'late' }),
    ).rejects.toMatchObject({ code: 'approval-expired' })
    await stage.stop()
    await stage.start()
    for (const { id } of [asked, other]) {
      const ended = await stage.over(id)
      expect(ended).toMatchObject({ state: 'failed', problem: { code: 'approval-expired' } })
      expect(ended.approval?.decision).toMatchObject({ decision: 'expire', by: 'sluice' })
    }
    expect(await live()).toBe('1.0.0')
    expect((await stage.records('churn')).at(-1)).toMatchObject({ kind: 'rejected', actor: 'sluice' })
    expect(told('Operation Failed', asked.id)).toMatchObject([{ detail: { code: 'approval-expired' } }])
  }, 30_000)

  test('a rollback waits for nobody, and goes only where the alias has been', async () => {
    await stage.drop('churn', '1.2.0', whole({ 'model.onnx': timesModel(4) }, 'release: {alias: none}\n'))
    await stage.ended('release', 'churn', '1.2.0')
    await expect(
      stage.client.rollback('churn', { to: '1.2.0', reason: 'by the back door' }),
    ).rejects.toMatchObject({ code: 'approval-needed' })
    const back = await stage.client.rollback('churn', { to: '1.1.0', reason: 'it was there' })
    expect((await stage.over(back.id)).state).toBe('succeeded')
    await stage.over((await stage.client.rollback('churn', { to: '1.0.0', reason: 'and back' })).id)
  }, 30_000)

  test('a release that names the alias asks by itself, whatever its manifest says of approval', async () => {
    const manifest = 'release: {approval: none, rollout: {kind: all-at-once}}\n'
    await stage.drop('churn', '1.3.0', whole({ 'model.onnx': timesModel(5) }, manifest))
    const release = await stage.ended('release', 'churn', '1.3.0')
    const promotion = await stage.client.operation(release.promotion ?? '')
    expect(promotion).toMatchObject({ state: 'waiting', actor: user, alias: 'live' })
    await stage.client.decide(promotion.id, { decision: 'approve', reason: 'fine' })
    expect((await stage.over(promotion.id)).state).toBe('succeeded')
    expect(await live()).toBe('1.3.0')
  }, 30_000)
})

describe('with four eyes', () => {
  test('an open laptop has one user, and says what to do', async () => {
    stage = await Stage.open(undefined, { live: 'four-eyes' })
    try {
      await stage.drop('alone', '1.0.0', whole({ 'model.onnx': timesModel(2) }))
      const release = await stage.ended('release', 'alone', '1.0.0')
      const id = release.promotion ?? ''
      const refused = stage.client.decide(id, { decision: 'approve', reason: 'mine' })
      await expect(refused).rejects.toMatchObject({
        code: 'four-eyes',
        message: expect.stringMatching(new RegExp(`^${user} pushed this version.*--auth keys`)),
      })
      await expect(stage.client.approvalLink(id, {})).rejects.toMatchObject({ code: 'four-eyes' })
      expect((await stage.client.operation(id)).state).toBe('waiting')
    } finally {
      await stage.close()
    }
  }, 60_000)

  describe('where callers have keys', () => {
    let asker: PlatformClient
    let approver: PlatformClient
    let stager: PlatformClient
    beforeAll(async () => {
      stage = await Stage.open({ kind: 'keys' }, { live: 'four-eyes' })
      asker = await keyed(['promote'])
      approver = await keyed(['promote'])
      stager = await keyed(['promote'], { aliases: ['staging'] })
      await releaseTwo('churn', approver)
    }, 60_000)
    afterAll(() => stage.close())

    async function keyed(scopes: readonly Scope[], more = {}): Promise<PlatformClient> {
      made += 1
      const { key } = await stage.client.createKey({
        name: `key-${made}`,
        scopes,
        models: ['churn'],
        ...more,
      })
      return new PlatformClient(stage.url, key)
    }
    const ask = (of = asker) =>
      of.promote('churn', { version: '1.1.0', rollout: 'all-at-once', reason: 'go' })
    const yes = { decision: 'approve', reason: 'I looked' }

    test('who asked may not decide, nor make a link; another may', async () => {
      const { id } = await ask()
      await expect(asker.decide(id, yes)).rejects.toMatchObject({ code: 'four-eyes' })
      await expect(asker.approvalLink(id, {})).rejects.toMatchObject({ code: 'four-eyes' })
      expect((await approver.decide(id, yes)).state).toBe('running')
      await until('it ends', async () => (await stage.client.operation(id)).state === 'succeeded')
      await back()
    }, 30_000)

    test('a key of one alias moves that one, and decides on no other', async () => {
      const moved = await stager.promote('churn', {
        version: '1.1.0',
        alias: 'staging',
        rollout: 'all-at-once',
      })
      expect((await stage.over(moved.id)).state).toBe('succeeded')
      await expect(ask(stager)).rejects.toMatchObject({
        code: 'scope-missing',
        message: expect.stringMatching(/needs promote:churn@live or promote:churn or admin:churn$/),
      })
      const { id } = await ask()
      await expect(stager.decide(id, yes)).rejects.toMatchObject({ code: 'scope-missing' })
      await expect(stager.rollback('churn', { reason: 'x' })).rejects.toMatchObject({ code: 'scope-missing' })
      await expect(stager.retire('churn', { version: '1.0.0', reason: 'x' })).rejects.toMatchObject({
        code: 'scope-missing',
      })
      await approver.decide(id, { decision: 'reject', reason: 'not now' })
    }, 30_000)

    test('a path of an alias is for that alias alone', async () => {
      const { id } = await ask()
      const send = async (path: string, body: unknown) => {
        const response = await fetch(`${stage.url}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${stage.owner?.key}` },
          body: JSON.stringify(body),
        })
        return [response.status, ((await response.json()) as { code?: string }).code]
      }
      expect(await send(`/models/churn/aliases/staging/operations/${id}/approval`, yes)).toEqual([
        404,
        'operation-unknown',
      ])
      expect(
        await send('/models/churn/aliases/staging/promotions', { version: '1.1.0', alias: 'live' }),
      ).toEqual([400, 'request-malformed'])
      await approver.decide(id, { decision: 'reject', reason: 'done' })
    })

    describe('by a link', () => {
      const page = (url: string, init?: RequestInit) => fetch(url, init)
      const send = (url: string, fields: Record<string, string>, headers = {}) =>
        page(url, { method: 'POST', body: new URLSearchParams(fields), headers })
      const linkTo = async (operation: Operation, more = {}) => {
        const { path } = await approver.approvalLink(operation.id, { for: 'Bea <b>&"', ...more })
        return `${stage.url}${path}`
      }

      test('who has no key sees a page, and decides once', async () => {
        const asked = await asker.promote('churn', {
          version: '1.1.0',
          rollout: 'all-at-once',
          reason: '"><script>alert(1)</script>',
        })
        const url = await linkTo(asked)
        expect(JSON.stringify(await stage.client.operation(asked.id))).not.toContain(url.split('secret=')[1])
        for (let opened = 0; opened < 3; opened += 1) {
          const seen = await page(url)
          const html = await seen.text()
          expect(seen.status).toBe(200)
          expect(seen.headers.get('content-security-policy')).toMatch(
            /^default-src 'none'; style-src 'sha256-/,
          )
          expect(seen.headers.get('cache-control')).toBe('no-store')
          expect(html).toContain('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;')
          expect(html).toContain('Bea &lt;b&gt;&amp;&quot;')
          expect(html).not.toMatch(/<script|<b>/)
        }
        expect((await stage.client.operation(asked.id)).state).toBe('waiting')
        expect((await send(url, { decision: 'approve', reason: ' ' })).status).toBe(400)
        expect((await send(url, { decision: 'burn', reason: 'x' })).status).toBe(400)
        // As a browser sends the form of a page of this platform.
        const decided = await send(url, { decision: 'approve', reason: 'line\r\ntwo' }, { origin: stage.url })
        expect(decided.status).toBe(200)
        expect(await decided.text()).toContain('approved by Bea &lt;b&gt;&amp;&quot; (by a link of key key-')
        expect((await send(url, { decision: 'reject', reason: 'twice' })).status).toBe(409)
        expect(await (await page(url)).text()).toContain('This was decided')
        await until('it ends', async () => (await stage.client.operation(asked.id)).state === 'succeeded')
        const entry = (await stage.client.history('churn')).findLast(({ kind }) => kind === 'approved')
        expect(entry?.reason).toBe('line\ntwo')
        expect(entry?.actor).toMatch(/^Bea <b>&" \(by a link of key key-\d+ \([0-9a-f]{16}\)\)$/)
        await back()
      }, 30_000)

      test('it is good for its operation, for its time, and with its secret alone', async () => {
        const one = await ask()
        const other = await ask()
        const url = await linkTo(one, { expiresSeconds: 3600 })
        for (const wrong of [
          url.replace(one.id, other.id),
          url.replace(one.id, 'promotion-none'),
          `${url.slice(0, -1)}${url.endsWith('A') ? 'B' : 'A'}`,
          url.replace(/\?.*/, ''),
          url.replace(/=.*/, '='),
        ])
          for (const answer of [await page(wrong), await send(wrong, { decision: 'approve', reason: 'x' })]) {
            expect(answer.status).toBe(404)
            expect(await answer.text()).toContain('this link is none')
          }
        const strange = await send(
          url,
          { decision: 'approve', reason: 'x' },
          { origin: 'https://evil.example' },
        )
        expect(strange.status).toBe(403)
        Date.now = () => realNow() + 3601 * 1000
        expect((await page(url)).status).toBe(404)
        expect((await send(url, { decision: 'approve', reason: 'late' })).status).toBe(404)
        Date.now = realNow
        for (const { id } of [one, other]) {
          expect((await stage.client.operation(id)).state).toBe('waiting')
          await approver.decide(id, { decision: 'reject', reason: 'done' })
        }
      })
    })

    async function back(): Promise<void> {
      await stage.over((await stage.client.rollback('churn', { reason: 'for the next test' })).id)
    }
  })
})
