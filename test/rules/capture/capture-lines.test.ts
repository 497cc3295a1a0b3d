import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { captureLines, parseCapturedRecord } from '../../../lib/rules/capture/capture-lines.ts'
import type { CapturedCall } from '../../../lib/rules/capture/captured-call.ts'

const key = new Uint8Array(32).fill(7)
const plan = { samplePercent: 100, mask: [], hash: [], retentionDays: 30 }
const bytes = (text: string) => new TextEncoder().encode(text)

function call(facts: Partial<CapturedCall> = {}): CapturedCall {
  return {
    ...{ atMs: Date.parse('2026-03-01T10:00:00.123Z'), requestId: 'r1', model: 'churn', version: '1.0.0' },
    ...{ variant: 'stable', latencyMs: 0, asked: { records: [{ age: 41 }] }, plan },
    ...facts,
  }
}
const recordsOf = (one: CapturedCall, secret = key) =>
  captureLines(one, secret)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('a call as lines', () => {
  test('is one a record, each whole', () => {
    const answer = bytes('{ "predictions": [0.5, {"p": [1, 2]}, null] }')
    const asked = { records: [{ a: 1 }, { a: 2 }, { a: 3 }] }
    expect(
      recordsOf(call({ asked, answer })).map(({ row, inputs, prediction }) => [row, inputs, prediction]),
    ).toEqual([
      [0, { a: 1 }, 0.5],
      [1, { a: 2 }, { p: [1, 2] }],
      [2, { a: 3 }, null],
    ])
  })

  test('of one record keeps its prediction as it stands in the answer', () => {
    const predictions = [
      '0.1',
      '"a ] b"',
      '"a \\n b"',
      '[[1],[2]]',
      '{"x":[1]}',
      '{"x":\n  1\n}',
      'null',
      '1e-7',
      '-3',
    ]
    for (const prediction of predictions) {
      const records = recordsOf(call({ answer: bytes(`{"predictions":[\n${prediction}\n]}`) }))
      expect(records.map((record) => record.prediction)).toEqual([JSON.parse(prediction)])
    }
  })

  test('of one record is one line also where a server answers more than it was asked, or in lines', () => {
    const answer = bytes('{\n  "predictions": [\n    {\n      "p": 1\n    },\n    2\n  ]\n}')
    expect(recordsOf(call({ answer })).map((record) => record.prediction)).toEqual([{ p: 1 }])
  })

  test('may have any text in it, and comes back the same', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (requestId, record) => {
          const line = captureLines(call({ requestId, asked: { records: [record] } }), key)
          expect(line.split('\n')).toHaveLength(2)
          const read = parseCapturedRecord(line)
          expect(read?.requestId).toBe(JSON.parse(JSON.stringify(requestId)))
          expect(read?.inputs).toEqual(JSON.parse(JSON.stringify(record)))
        },
      ),
    )
  })

  test('that failed says why in place of a prediction', () => {
    expect(recordsOf(call({ problem: 'model-failed' }))).toEqual([
      {
        ...{ at: '2026-03-01T10:00:00.123Z', requestId: 'r1', row: 0, model: 'churn', version: '1.0.0' },
        ...{ variant: 'stable', latencyMs: 0, inputs: { age: 41 }, problem: 'model-failed' },
      },
    ])
  })

  test('of a version without a signature keeps text as text, and other bytes in Base64', () => {
    const asked = { contentType: 'text/plain', body: bytes('grüß') }
    const [record] = recordsOf(call({ asked, answer: Uint8Array.of(0xff, 0x00) }))
    expect(record).toMatchObject({
      request: { contentType: 'text/plain', text: 'grüß' },
      answer: { base64: '/wA=' },
    })
  })
})

describe('what is hidden', () => {
  const asked = { records: [{ age: 41, email: 'ada@example.org', note: null }] }

  test('is left out where it is masked, and told apart where it is hashed', () => {
    const hiding = { ...plan, mask: ['age'], hash: ['email', 'note'] }
    const [one] = recordsOf(call({ asked, plan: hiding }))
    expect(Object.keys(one.inputs)).toEqual(['email', 'note'])
    expect(one.inputs.email).toMatch(/^hash:[0-9a-f]{16}$/)
    expect(one.inputs.note).toBeNull()
    const [same, other] = [
      recordsOf(call({ asked, plan: hiding }))[0],
      recordsOf(
        call({ asked, plan: hiding }),
        key.map(() => 8),
      )[0],
    ]
    expect(same.inputs.email).toBe(one.inputs.email)
    expect(other.inputs.email).not.toBe(one.inputs.email)
    expect(captureLines(call({ asked, plan: hiding }), key)).not.toContain('ada@')
  })

  test('may be the one output, or one of several', () => {
    const bare = { ...plan, mask: ['score'], onlyOutput: 'score' }
    expect(recordsOf(call({ answer: bytes('{"predictions":[0.5]}'), plan: bare }))[0]).not.toHaveProperty(
      'prediction',
    )
    const hashed = { ...plan, hash: ['score'], onlyOutput: 'score' }
    expect(recordsOf(call({ answer: bytes('{"predictions":[0.5]}'), plan: hashed }))[0].prediction).toMatch(
      /^hash:/,
    )
    const several = { ...plan, mask: ['score'] }
    const answer = bytes('{"predictions":[{"score":0.5,"label":"a"}]}')
    expect(recordsOf(call({ answer, plan: several }))[0].prediction).toEqual({ label: 'a' })
  })
})

describe('a line that is read', () => {
  test('is nothing where a crash cut it, or somebody wrote something else', () => {
    const line = captureLines(call(), key)
    for (const text of [line.slice(0, -9), '', 'null', '[]', '{"at":1,"requestId":"r"}', '{"requestId":"r"}'])
      expect(parseCapturedRecord(text)).toBeUndefined()
  })
})
