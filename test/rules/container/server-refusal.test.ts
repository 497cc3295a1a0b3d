import { describe, expect, test } from '@jest/globals'
import { refusalIn } from '../../../lib/rules/container/server-refusal.ts'
import { countsAsFailed } from '../../../lib/rules/outcome.ts'

const refusal = (status: number, body: string | Uint8Array = '') =>
  refusalIn({ status, body: typeof body === 'string' ? new TextEncoder().encode(body) : body }, 'churn 1.0.0')

test.each([200, 201, 204, 299])('%d is an answer', (status) => {
  expect(refusal(status)).toBeUndefined()
})

describe('what a foreign server answers instead', () => {
  test.each([
    [400, 'request-invalid', 422],
    [413, 'request-invalid', 422],
    [415, 'request-invalid', 422],
    [422, 'request-invalid', 422],
    [401, 'model-failed', 502],
    [403, 'model-failed', 502],
    [404, 'model-failed', 502],
    [405, 'model-failed', 502],
    [408, 'model-timeout', 504],
    [429, 'model-busy', 429],
    [301, 'model-failed', 502],
    [101, 'model-failed', 502],
    [500, 'model-failed', 502],
    [502, 'model-failed', 502],
    [503, 'endpoint-unavailable', 503],
    [504, 'model-timeout', 504],
  ])('%d is %s', (status, code, ours) => {
    expect(refusal(status)).toMatchObject({ code, status: ours })
  })

  test('counts against a canary, unless it is only asked for too much', () => {
    for (let status = 300; status < 600; status += 1)
      expect([status, countsAsFailed(refusal(status)?.code)]).toEqual([status, status !== 429])
  })

  test('says where predictions are asked for, where that cannot be right', () => {
    expect(refusal(404)?.message).toMatch(/answers 404 .* container\.predictEndpoint/)
  })
})

describe('its words', () => {
  test.each([
    ['{"error": "age is missing"}', 'age is missing'],
    ['{"message": "age is missing"}', 'age is missing'],
    ['{"title": "Bad", "detail": "age is missing"}', 'age is missing'],
    ['{"detail": [{"loc": ["age"], "msg": "missing"}]}', '[{"loc":["age"],"msg":"missing"}]'],
    ['{"error": "two\\nlines\\u0000"}', 'two lines'],
    ['{"error": "in /usr/lib/python3/x.py: no"}', 'in …: no'],
    ['{"error": "arn:aws:iam::123456789012:role/x"}', '…'],
  ])('of %s are told, without places', (body, words) => {
    expect(refusal(422, body)?.message).toBe(`churn 1.0.0 refuses this request with 422: ${words}`)
  })

  test('are cut', () => {
    expect(refusal(422, JSON.stringify({ error: 'é'.repeat(1000) }))?.message).toHaveLength(343)
  })

  test.each(['', 'plain', '<html>', 'null', '[]', '3', '{}', '{"error": ""}', '{"error": null}'])(
    'of %j are none',
    (body) => {
      expect(refusal(500, body)?.message).toBe('churn 1.0.0 failed on this request with 500')
    },
  )

  test('are not looked for in what has no end', () => {
    expect(refusal(500, JSON.stringify({ error: 'a'.repeat(70_000) }))?.message).toMatch(/with 500$/)
  })

  test('of bytes are none', () => {
    expect(refusal(500, Uint8Array.of(0xff, 0xfe))?.message).toBe(
      'churn 1.0.0 failed on this request with 500',
    )
  })
})
