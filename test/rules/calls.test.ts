import { expect, test } from '@jest/globals'
import { callerName, lastFirst, type VersionCaller } from '../../lib/rules/calls.ts'

test.each([
  ['arn:aws:sts::123456789012:assumed-role/reports/i-0abc', '123456789012:role/reports'],
  ['arn:aws:sts::123456789012:assumed-role/reports/fn-2026-run-17', '123456789012:role/reports'],
  ['arn:aws-cn:sts::123456789012:assumed-role/reports/x', '123456789012:role/reports'],
  ['arn:aws:iam::123456789012:user/team/ada', '123456789012:user/team/ada'],
  ['arn:aws:iam::123456789012:root', '123456789012:root'],
  ['arn:aws:sts::123456789012:federated-user/ada', '123456789012:federated-user/ada'],
  ['arn:aws:s3:::bucket', 'arn:aws:s3:::bucket'],
  ['anonymous', 'anonymous'],
  ['ada', 'ada'],
  ['', ''],
  ['a\nb', 'a b'],
])('%s is known as %s', (actor, name) => {
  expect(callerName(actor)).toBe(name)
})

test('a name is kept to 128 characters', () => {
  expect(callerName('x'.repeat(128))).toBe('x'.repeat(128))
  expect(callerName('x'.repeat(5000))).toBe(`${'x'.repeat(125)}...`)
})

test('who called last comes first, and the order is one whatever it was before', () => {
  const one = (caller: string, lastAt: string): VersionCaller => ({
    version: '1.0.0',
    caller,
    way: 'range',
    lastAt,
  })
  const sorted = [one('b', '2026-03-02'), one('a', '2026-03-01'), one('c', '2026-03-01')]
  expect(sorted.toReversed().toSorted(lastFirst)).toEqual(sorted)
})
