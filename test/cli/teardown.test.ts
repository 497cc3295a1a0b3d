import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { resourceName } from '../../lib/rules/names.ts'
import { sluiceRun } from './command.ts'
import { denied, ScriptedAccount, throttled } from './scripted-account.ts'

let account: ScriptedAccount
beforeEach(async () => {
  account = new ScriptedAccount()
  await account.open()
})
afterEach(() => account.close())

const teardown = (...args: string[]) =>
  sluiceRun(['teardown', '--platform-name', 'pre', ...args], { env: { ...account.environment } })
const apply = () => teardown('--apply', '--yes', 'pre', '--json')

/** Two platforms whose names begin alike, a person's own function, and the platform's own. */
function neighbours(): string[] {
  account.release('pred', 'churn', '1.0.0')
  account.release('pred', 'churn', '1.0.0', 'sagemaker')
  account.put('function', 'pre-mine', { team: 'data' })
  account.put('function', 'pre-ModelsRouter', { 'sluice:platform': 'pre' })
  account.put('function', resourceName('pre', 'churn', '9.0.0'), {})
  account.put('endpoint', 'pre-other', {
    'sluice:platform': 'pred',
    'sluice:model': 'a1',
    'sluice:version': '1.0.0',
  })
  return account.left
}

describe('a plan', () => {
  test('shows what would go, what stays and what looks alike, and changes nothing', async () => {
    const others = neighbours()
    const one = account.release('pre', 'churn', '1.0.0')
    const two = account.release('pre', 'fraud', '2.0.0', 'sagemaker')
    const { code, stdout } = await teardown('--plan')
    expect(code).toBe(0)
    const rows = stdout.split('\n').map((line) => line.split(/ {2,}/))
    expect(rows.slice(0, 6)).toEqual([
      ['KIND', 'NAME', 'MODEL', 'VERSION', 'MADE', 'COSTS IDLE'],
      ['scaling target', `${two}/variant/live`, 'fraud', '2.0.0', '2026-03-01T10:00', 'nothing'],
      ['endpoint', two, 'fraud', '2.0.0', '2026-03-01T10:00', '2 x ml.m5.large by the hour'],
      ['endpoint configuration', two, 'fraud', '2.0.0', '2026-03-01T10:00', 'nothing'],
      ['sagemaker model', two, 'fraud', '2.0.0', '2026-03-01T10:00', 'nothing'],
      ['function', one, 'churn', '1.0.0', '2026-03-01T10:00', 'nothing'],
    ])
    expect(stdout).toContain('log groups: they belong to the stack')
    expect(stdout).toContain('function pre-mine: it has no tag sluice:platform')
    expect(stdout).toContain("endpoint pre-other: it belongs to the platform 'pred'")
    expect(account.deleted).toEqual([])
    expect(account.left).toHaveLength(others.length + 5)
  })

  test('that could not look everywhere says where, and ends with 4', async () => {
    account.fault = (action) => (action === 'ListEndpoints' ? denied : undefined)
    const { code, json } = await teardown('--plan', '--json')
    expect([code, json['unseen']]).toEqual([4, [expect.stringMatching(/^SageMaker endpoints: AccessDenied/)]])
  })

  test('of nothing says so', async () => {
    const { code, stdout } = await teardown('--plan')
    expect([code, stdout]).toEqual([0, expect.stringContaining('nothing that is still there')])
  })
})

describe('an apply', () => {
  test('takes away what releases made, what uses before what is used, and nothing else', async () => {
    const others = neighbours()
    for (const version of ['1.0.0', '1.1.0', '1.2.0', '1.3.0', '1.4.0', '1.5.0', '1.6.0', '1.7.0'])
      account.release('pre', 'churn', version)
    const two = account.release('pre', 'fraud', '2.0.0', 'sagemaker')
    const { code, json } = await apply()
    expect([code, json['left']]).toEqual([0, []])
    expect(json['removed']).toHaveLength(12)
    expect(account.left).toEqual(others)
    expect(account.deleted.slice(0, 4)).toEqual([
      `scaling target ${two}/variant/live`,
      `endpoint ${two}`,
      `endpoint configuration ${two}`,
      `sagemaker model ${two}`,
    ])
    expect(account.mostAtOnce).toBeLessThanOrEqual(4)
    // Once more is nothing more.
    const again = await apply()
    expect([again.code, again.json['removed']]).toEqual([0, []])
    expect(account.left).toEqual(others)
  }, 30_000)

  test('goes on after an error, tells what is left and why, and ends with 4', async () => {
    const one = account.release('pre', 'churn', '1.0.0')
    account.release('pre', 'churn', '1.1.0')
    const two = account.release('pre', 'fraud', '2.0.0', 'sagemaker')
    account.fault = (action, name) =>
      (action === 'DeleteFunction' && name === one) || action === 'DeleteEndpoint' ? denied : undefined
    const { code, json } = await apply()
    expect(code).toBe(4)
    expect(account.left.toSorted()).toEqual(
      [
        `function ${one}`,
        `endpoint ${two}`,
        `endpoint configuration ${two}`,
        `sagemaker model ${two}`,
      ].toSorted(),
    )
    expect(json['left']).toEqual([
      expect.objectContaining({ kind: 'endpoint', reason: 'AccessDeniedException: you may not' }),
      expect.objectContaining({
        kind: 'endpoint configuration',
        reason: expect.stringContaining(`${two} is still there`),
      }),
      expect.objectContaining({ kind: 'sagemaker model' }),
      expect.objectContaining({ kind: 'function', name: one }),
    ])
    // What was in the way is mended: the rest goes.
    account.fault = () => undefined
    expect((await apply()).code).toBe(0)
    expect(account.left).toEqual([])
  }, 60_000)

  test('is patient with a service that is throttled', async () => {
    account.release('pre', 'churn', '1.0.0')
    account.release('pre', 'fraud', '1.0.0', 'sagemaker')
    const calls = new Map<string, number>()
    account.fault = (action) => {
      const count = (calls.get(action) ?? 0) + 1
      calls.set(action, count)
      return count <= 1 ? throttled : undefined
    }
    expect((await apply()).code).toBe(0)
    expect(account.left).toEqual([])
  }, 120_000)

  test('finds what only the index of tags knows, and what only the lists know', async () => {
    const hidden = account.release('pre', 'churn', '1.0.0')
    account.unlisted.add(hidden)
    account.indexed.add(`arn:aws:lambda:eu-central-1:111122223333:function:${hidden}`)
    // What the index goes on naming after its end.
    account.indexed.add('arn:aws:lambda:eu-central-1:111122223333:function:pre-gone-000000000000')
    account.release('pre', 'churn', '1.1.0')
    expect((await apply()).code).toBe(0)
    expect(account.left).toEqual([])
  }, 30_000)

  test('finds what the lists tell of late', async () => {
    account.release('pre', 'churn', '1.0.0')
    const late = account.release('pre', 'churn', '1.1.0')
    account.unlisted.add(late)
    account.fault = (action) => {
      if (action === 'DeleteFunction') account.unlisted.clear()
      return undefined
    }
    const { code, json } = await apply()
    expect([code, json['removed']]).toEqual([0, [expect.anything(), expect.anything()]])
    expect(account.left).toEqual([])
  }, 30_000)

  test('takes an endpoint away again that a call has woken meanwhile', async () => {
    const two = account.release('pre', 'fraud', '2.0.0', 'sagemaker')
    const standing = account.things.endpoint.get(two)
    let isWoken = false
    account.fault = (action) => {
      if (action === 'DeleteEndpointConfig' && !isWoken && standing !== undefined) {
        isWoken = true
        account.put('endpoint', two, standing.tags, { instanceType: 'ml.m5.large' })
      }
      return undefined
    }
    expect((await apply()).code).toBe(0)
    expect([isWoken, account.left]).toEqual([true, []])
  }, 30_000)

  test('finds an endpoint whose configuration is gone', async () => {
    const two = account.release('pre', 'fraud', '2.0.0', 'sagemaker')
    account.things['endpoint configuration'].delete(two)
    expect((await apply()).code).toBe(0)
    expect(account.left).toEqual([])
  }, 30_000)

  test('needs no index of tags', async () => {
    account.release('pre', 'churn', '1.0.0')
    account.fault = (action) => (action === 'GetResources' ? denied : undefined)
    const { code, json } = await apply()
    expect([code, json['unseen']]).toEqual([0, []])
    expect(account.left).toEqual([])
  }, 30_000)

  test.each([
    [['--apply'], /nothing was taken away: say the platform's name once more, as --yes pre$/],
    [['--apply', '--yes', 'pred'], /as --yes pre; it was 'pred'$/],
    [['--apply', '--plan', '--yes', 'pre'], /either --plan/],
    [[], /either --plan/],
    [['--platform-name', 'Pre', '--plan'], /allowed are 2 to 12/],
    [['--platform-name', 'p-*', '--plan'], /allowed are 2 to 12/],
  ])('is refused for %j, with nothing changed', async (args, sentence) => {
    account.release('pre', 'churn', '1.0.0')
    const { code, json } = await teardown(...args, '--json')
    expect([code, json['code'], json['detail']]).toEqual([1, 'usage', expect.stringMatching(sentence)])
    expect(account.deleted).toEqual([])
  })
})
