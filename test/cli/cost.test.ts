import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { Context } from '../../cli/context.ts'
import type { PlatformClient } from '../../cli/platform-client.ts'
import { samplePath } from '../../cli/sample.ts'
import { Talk } from '../../cli/terminal/talk.ts'
import { check } from '../../cli/verbs/check.ts'
import { promote } from '../../cli/verbs/promote.ts'
import { show } from '../../cli/verbs/show.ts'
import { versionDetails } from '../../lambdas/control/descriptions.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { operationRecord, readyRecord } from '../harness/records.ts'
import { refused } from '../harness/refused.ts'
import { churn } from '../serving/rig.ts'

let stdout = ''
let stderr = ''
const happened: string[] = []
beforeEach(() => {
  stdout = ''
  stderr = ''
  happened.length = 0
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text
    return true
  })
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += text
    happened.push('said')
    return true
  })
})
afterEach(() => {
  jest.restoreAllMocks()
})

/** A platform with one version, on AWS or on this machine. */
function contextOf(deployed: boolean, manifest = '', json = false): Context {
  const operation = operationRecord('promotion-1', { version: '1.1.0', state: 'succeeded' })
  const platform: Partial<PlatformClient> = {
    version: async (_, version) => {
      if (version !== '1.1.0') throw new Problem('version-unknown', `'churn' has no version ${version}`)
      return versionDetails(readyRecord('churn', version, churn, manifest))
    },
    promote: async (_, { version }) => {
      happened.push('promoted')
      if (version !== '1.1.0') throw new Problem('version-unknown', `'churn' has no version ${version}`)
      return operation
    },
    operation: async () => operation,
  }
  const address = { deployed, hostname: 'x', underLocalhost: false }
  return { talk: new Talk(json), platform: { ...platform, address } as PlatformClient }
}
const kept = 'host: { kind: sagemaker, instanceType: ml.m5.large }'

describe('promote', () => {
  test('says what the version will cost before it goes on, on AWS', async () => {
    expect(await promote(contextOf(true), 'churn', '1.1.0', { wait: false })).toBe(0)
    expect(stderr).toMatch(
      /^churn 1\.1\.0 costs about \$0\.00\d+ a month while nobody calls it, and \$\d+\.\d\d per million calls/,
    )
    expect(happened.indexOf('said')).toBeLessThan(happened.indexOf('promoted'))
    expect(stdout).toBe('promotion-1\n')
  })

  test('says so in the document where JSON is asked for, and nothing else', async () => {
    await promote(contextOf(true, '', true), 'churn', '1.1.0', { wait: false })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toMatchObject({
      id: 'promotion-1',
      cost: { idleMonth: { usd: expect.any(Number) }, millionCalls: { usd: expect.any(Number) } },
    })
  })

  test('is quiet on a laptop, but for one line where the manifest asks for what is billed while idle', async () => {
    await promote(contextOf(false), 'churn', '1.1.0', { wait: false })
    expect(stderr).toBe('')
    await promote(contextOf(false, kept), 'churn', '1.1.0', { wait: false })
    expect(stderr).toMatch(/^churn 1\.1\.0 costs on AWS about \$83\.95 a month.*\n$/)
  })

  test('of a version that is not there is refused as ever', async () => {
    const promoting = promote(contextOf(true), 'churn', '9.9.9', { wait: false })
    expect((await refused(promoting)).code).toBe('version-unknown')
  })
})

test('show tells what a version costs on AWS, and nothing of it on a laptop', async () => {
  await show(contextOf(true), 'churn', '1.1.0')
  expect(stdout).toMatch(/^costs {6}about \$/m)
  stdout = ''
  await show(contextOf(false), 'churn', '1.1.0')
  expect(stdout).not.toMatch(/costs/)
})

test('check tells what a model would cost on AWS, where that is the platform', async () => {
  await check(contextOf(true), samplePath('1.0.0'), {})
  expect(stderr).toMatch(/^ {2}costs on AWS about \$0\.00\d+ a month while nobody calls it/m)
  stdout = ''
  await check(contextOf(true, '', true), samplePath('1.0.0'), {})
  expect(JSON.parse(stdout)).toMatchObject({ cost: { idleMonth: { usd: expect.any(Number) } } })
  stderr = ''
  stdout = ''
  await check(contextOf(false), samplePath('1.0.0'), {})
  expect(stderr).not.toMatch(/costs/)
})
