import { createHmac } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { hookUrlFault, isPublicAddress } from '../../../lib/rules/monitoring/hook-url.ts'
import {
  formerSecretMs,
  hookSecret,
  renewedSecrets,
  signedHeaders,
} from '../../../lib/rules/monitoring/signed-hook.ts'
import { sparkBars, sparkLine } from '../../../lib/rules/monitoring/spark-bars.ts'

describe('a URL that is told', () => {
  test.each([
    'https://hooks.example.com/a?b=c',
    'http://localhost:80/',
    'http://127.0.0.1:9/',
    'http://[::1]/x',
  ])('may be %s', (url) => expect(hookUrlFault(url)).toBeUndefined())

  test.each([
    'nowhere',
    'http://example.com/',
    'http://127.0.0.1.example.com/',
    'http://localhost.example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'https://ana:secret@example.com/',
    'https://example.com/#a',
  ])('may not be %s', (url) => expect(hookUrlFault(url)).toEqual(expect.any(String)))
})

describe('an address of the internet', () => {
  test.each(['8.8.8.8', '1.1.1.1', '172.15.0.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111'])(
    'is %s',
    (address) => expect(isPublicAddress(address)).toBe(true),
  )

  test.each([
    ...['127.0.0.1', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254', '0.0.0.0'],
    ...[
      '100.64.0.1',
      '224.0.0.1',
      '255.255.255.255',
      '192.0.2.1',
      '198.18.0.1',
      '198.51.100.7',
      '203.0.113.9',
    ],
    ...[
      '::1',
      '::',
      'fd00::1',
      'fe80::1',
      'fe80::1%eth0',
      'ff02::1',
      '::ffff:169.254.169.254',
      '::ffff:8.8.8.8',
    ],
    ...[
      '64:ff9b::a9fe:a9fe',
      '2002:a9fe:a9fe::1',
      '2001:0:a9fe:a9fe::1',
      '2001:db8::1',
      '3fff::1',
      'fd00:ec2::254',
    ],
    ...['nonsense', '', '256.1.1.1', '1.2.3'],
  ])('is not %s', (address) => expect(isPublicAddress(address)).toBe(false))
})

describe('what is told', () => {
  const [one, other] = [1, 2].map((byte) => hookSecret(new Uint8Array(32).fill(byte))) as [string, string]
  const now = Date.parse('2026-03-01T10:00:00Z')
  const of = (secret: string) => {
    const key = Buffer.from(secret.slice(6), 'base64')
    const signed = `drift:churn@1_4_0:x.${now / 1000}.{}`
    return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`
  }

  test('is signed over its id, its time and its body, and no dot is in the id', () => {
    const headers = signedHeaders('drift:churn@1.4.0:x', '{}', renewedSecrets(undefined, one, now), now)
    expect(headers).toEqual({
      'webhook-id': 'drift:churn@1_4_0:x',
      'webhook-timestamp': `${now / 1000}`,
      'webhook-signature': of(one),
    })
  })

  test('is signed with the secret before as well, for a day', () => {
    const made = renewedSecrets(renewedSecrets(undefined, one, 0), other, now)
    const signature = (at: number) =>
      signedHeaders('drift:churn@1.4.0:x', '{}', made, at)['webhook-signature']
    expect(signature(now)).toBe(`${of(other)} ${of(one)}`)
    expect(signature(now + formerSecretMs)?.split(' ')).toHaveLength(1)
  })
})

test('bars are as high as shares, and nothing is no bar', () => {
  expect(sparkBars([0, 0.001, 0.25, 0.5], 0.5)).toBe(' ▁▅█')
  expect(sparkBars([0, 0], 0)).toBe('  ')
})

test('a line of bars goes from the lowest to the highest, and is in the middle where all are alike', () => {
  expect(sparkLine([-1, 0, 1])).toBe('▁▅█')
  expect(sparkLine([3, 3])).toBe('▄▄')
  expect(sparkLine([])).toBe('')
})
