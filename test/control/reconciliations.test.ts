import { beforeEach, expect, test } from '@jest/globals'
import { Talk } from '../../cli/terminal/talk.ts'
import { sweep } from '../../cli/verbs/sweep.ts'
import { controlApp } from '../../lambdas/control/control.ts'
import type { ApiKeys, Ports } from '../../lambdas/ports.ts'
import type { Sweep } from '../../lib/rules/reconcile.ts'

const swept: Sweep = {
  repairs: [
    { kind: 'removed', model: 'churn', version: '1.0.0', found: 'lambda had it', did: 'it was removed' },
  ],
  broken: ['churn 2.0.0: no such image'],
  left: 0,
}
let asked: boolean[]
beforeEach(() => {
  asked = []
})

async function post(body: object, isHere = true) {
  const app = controlApp({ settings: { platform: 'sluice' } } as Ports, {
    store: 's3://store',
    keys: {} as ApiKeys,
    ...(isHere && {
      sweep: async (dryRun: boolean) => {
        asked.push(dryRun)
        return swept
      },
    }),
  })
  const request = new Request('http://localhost/reconciliations', {
    method: 'POST',
    body: JSON.stringify(body),
  })
  const answer = await app.fetch(request, { path: '/reconciliations', actor: 'ada' } as never)
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

test('a platform sweeps when it is asked to, or only looks', async () => {
  expect(await post({})).toEqual({ status: 200, body: swept })
  expect(await post({ dryRun: true })).toEqual({ status: 200, body: swept })
  expect(asked).toEqual([false, true])
  expect((await post({ dryRun: 'yes' })).body).toMatchObject({ code: 'request-malformed' })
})

test('a platform whose sweeper is called elsewhere says how', async () => {
  const { status, body } = await post({ dryRun: true }, false)
  expect([status, body['code']]).toEqual([404, 'sweep-elsewhere'])
  expect(body['detail']).toMatch(/aws lambda invoke .+\{"dryRun":true\}/)
})

test('the command shows what was found and done, and fails where something could not be mended', async () => {
  const said: string[] = []
  const shown: string[] = []
  const talk = new Talk(false)
  Object.assign(talk, {
    say: (line: string) => said.push(line),
    data: (_: unknown, text: string) => shown.push(text),
  })
  const over = (answer: Sweep) => ({ talk, platform: { sweep: async () => answer } }) as never
  expect(await sweep(over(swept), {})).toBe(4)
  expect(shown).toEqual([
    'repair   version      found          done\nremoved  churn 1.0.0  lambda had it  it was removed',
  ])
  expect(said).toEqual(['could not be repaired now: churn 2.0.0: no such image'])
  expect(await sweep(over({ repairs: [], broken: [], left: 0 }), { dryRun: true })).toBe(0)
  expect(said.at(-1)).toBe('nothing to repair')
})
