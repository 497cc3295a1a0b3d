import { afterEach, expect, jest, test } from '@jest/globals'
import { routingPorts } from '../../lambdas/aws/routing-ports.ts'
import type { CapturedCall } from '../../lib/rules/capture/captured-call.ts'
import { environment } from '../../lib/wiring/environment.ts'

const call: CapturedCall = {
  ...{ model: 'churn', version: '1.4.0', atMs: 0, requestId: 'r1', variant: 'stable', latencyMs: 1.5 },
  asked: { records: [{ age: 41 }] },
  plan: { samplePercent: 100, mask: [], hash: [], retentionDays: 30 },
}
const before = { ...process.env }

afterEach(() => {
  process.env = { ...before }
  jest.restoreAllMocks()
})

/** What a router writes of a call that a manifest asks to be recorded. */
function written(capture: string): string[] {
  process.env['AWS_REGION'] = 'eu-central-1'
  for (const name of Object.values(environment)) process.env[name] ??= '{}'
  process.env[environment.capture] = capture
  const lines: string[] = []
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0)
  routingPorts().captures.take(call)
  return lines
}

test('a call is recorded as a line of the log, where the platform records', () => {
  expect(written('true')).toEqual([expect.stringContaining('"requestId":"r1"')])
})

test('on a platform without records nothing of it is written, whatever its manifest asks for', () => {
  expect(written('false')).toEqual([])
})
