import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { nestedRows, readNpy, writeNpy } from '../../lib/rules/npy.ts'
import { problemIn } from '../harness/problem-document.ts'
import { churn, predicts, Rig, sums, tensor } from './rig.ts'

const rig = new Rig()
beforeAll(async () => {
  for (const [model, signature] of Object.entries({ churn, tensor, sums })) {
    await rig.release(model, '1.0.0', signature)
    await rig.move(model, { aliases: { live: { stable: '1.0.0', by: 'x' } } })
  }
  rig.host.scripts.set(
    'churn-1.0.0',
    predicts((i) => i / 4),
  )
  rig.host.scripts.set(
    'sums-1.0.0',
    predicts((i) => i / 2),
  )
  const predict = (i: number) => ({ label: i, probabilities: [0.25, 0.75] })
  rig.host.scripts.set('tensor-1.0.0', predicts(predict))
})
afterAll(() => rig.close())

const live = (model: string) => `/models/${model}/invocations`

/** Send a body and see what the endpoint was sent. */
async function sentFor(model: string, body: string | Uint8Array, type?: string): Promise<unknown> {
  const before = rig.host.sent.length
  const headers = type === undefined ? {} : { 'content-type': type }
  const response = await rig.call(live(model), { body: body as string, headers })
  expect(`${response.status} ${await response.text()}`).toMatch(/^200 /)
  expect(rig.host.sent).toHaveLength(before + 1)
  expect(rig.host.sent.at(-1)?.request.contentType).toBe('application/json')
  return rig.host.sent.at(-1)?.body
}

describe('records under names', () => {
  const two = { inputs: { tenure: [1, 2.5], plan: ['gold', 'basic'] } }
  const records = [
    { tenure: 1, plan: 'gold' },
    { tenure: 2.5, plan: 'basic' },
  ]
  const forms: [string, unknown][] = [
    ['a list', records],
    ['instances', { instances: records }],
    ['inputs', { inputs: records }],
    ['inputs in columns', { inputs: { plan: ['gold', 'basic'], tenure: [1, 2.5] } }],
    ['dataframe_records', { dataframe_records: records }],
    [
      'dataframe_split',
      {
        dataframe_split: {
          columns: ['plan', 'tenure'],
          data: [
            ['gold', 1],
            ['basic', 2.5],
          ],
        },
      },
    ],
    ['instances beside params', { instances: records, params: { temperature: 1 } }],
  ]

  test.each(forms)('are read from %s', async (_, body) => {
    expect(await sentFor('churn', JSON.stringify(body), 'application/json')).toEqual(two)
  })

  test('are read from a single record', async () => {
    const sent = await sentFor('churn', '{"plan": "gold", "tenure": 1}', 'application/json')
    expect(sent).toEqual({ inputs: { tenure: [1], plan: ['gold'] } })
  })

  test.each([
    ['text/csv', 'plan,tenure\ngold,1\nbasic,2.5\n'],
    ['text/csv; charset=utf-8', '\ufeffplan,tenure\r\ngold,1\r\nbasic,2.5\r\n'],
    ['application/jsonlines', records.map((record) => JSON.stringify(record)).join('\n')],
    ['application/x-ndjson', `${records.map((record) => JSON.stringify(record)).join('\n')}\n`],
    ['APPLICATION/JSON; charset=UTF-8', JSON.stringify(records)],
  ])('are read from %s', async (type, body) => {
    expect(await sentFor('churn', body, type)).toEqual(two)
  })

  test('are read as JSON where no type is said', async () => {
    const body = new TextEncoder().encode(JSON.stringify(records))
    expect(await sentFor('churn', body)).toEqual(two)
  })

  test('are read from an array of numbers, whose columns are the inputs in their order', async () => {
    const npy = writeNpy({ shape: [2, 2], values: [1, 2, 3, 4] })
    expect(await sentFor('sums', npy, 'application/x-npy')).toEqual({ inputs: { a: [1, 3], b: [2, 4] } })
  })
})

describe('rows of one tensor', () => {
  const rows = [
    [1, 2, 3],
    [4, 5, 6],
  ]
  const two = { inputs: { features: rows } }

  test.each<[string, unknown]>([
    ['a list of rows', rows],
    ['instances', { instances: rows }],
    ['inputs', { inputs: rows }],
    ['records by name', rows.map((features) => ({ features }))],
    ['dataframe_split', { dataframe_split: { data: rows } }],
    ['dataframe_split with column names', { dataframe_split: { columns: ['x', 'y', 'z'], data: rows } }],
  ])('are read from %s', async (_, body) => {
    expect(await sentFor('tensor', JSON.stringify(body), 'application/json')).toEqual(two)
  })

  test('are read from a bare row', async () => {
    const sent = await sentFor('tensor', '[1, 2, 3]', 'application/json')
    expect(sent).toEqual({ inputs: { features: [[1, 2, 3]] } })
  })

  test.each([
    ['text/csv', '1,2,3\n4,5,6\n'],
    ['text/csv', 'x,y,z\n1,2,3\n4,5,6\n'],
    ['application/jsonlines', '[1,2,3]\n[4,5,6]\n'],
  ])('are read from %s %j', async (type, body) => {
    expect(await sentFor('tensor', body, type)).toEqual(two)
  })

  test('are read from an array of numbers', async () => {
    const npy = writeNpy({ shape: [2, 3], values: rows.flat() })
    expect(await sentFor('tensor', npy, 'application/x-npy')).toEqual(two)
  })
})

describe('a body that cannot be read', () => {
  const pickled = new TextEncoder().encode(
    `\u0093NUMPY\u0001\u0000v\u0000{'descr': '|O', 'fortran_order': False, 'shape': (1,), }`,
  )
  test.each<[string, string | Uint8Array, string]>([
    ['JSON cut short', '{"tenure": 1', 'application/json'],
    ['an empty body', '', 'application/json'],
    ['an empty list', '[]', 'application/json'],
    ['no rows', 'plan,tenure\n', 'text/csv'],
    ['rows of other lengths', 'plan,tenure\ngold\n', 'text/csv'],
    ['a line that is no JSON', '{"tenure": 1, "plan": "gold"}\nnonsense', 'application/jsonlines'],
    ['bytes that are no UTF-8', Uint8Array.from([0x7b, 0xff, 0xfe, 0x7d]), 'application/json'],
    ['an array of objects, which would be a pickle', pickled, 'application/x-npy'],
    ['an array cut short', writeNpy({ shape: [2], values: [1, 2] }).subarray(0, 130), 'application/x-npy'],
    ['two wrappers at once', '{"instances": [], "inputs": []}', 'application/json'],
    ['columns of other lengths', '{"inputs": {"tenure": [1, 2], "plan": ["gold"]}}', 'application/json'],
  ])('is refused: %s', async (_, body, type) => {
    const before = rig.host.sent.length
    const response = await rig.call(live('churn'), {
      body: body as string,
      headers: { 'content-type': type },
    })
    await problemIn(response, 'body-malformed')
    expect(rig.host.sent).toHaveLength(before)
  })

  test.each([
    ...['application/x-www-form-urlencoded', 'text/plain', 'image/png', 'application/octet-stream'],
    ...['application/x-python-pickle', 'application/x-pickle', 'application/x-joblib', 'application/x-npz'],
  ])('is refused for its type: %s', async (type) => {
    const response = await rig.call(live('churn'), { body: 'x', headers: { 'content-type': type } })
    expect((await problemIn(response, 'content-type-unknown')).detail).toContain(type)
  })
})

describe('a record that does not fit the signature', () => {
  test('is refused with every fault, each at its place in what the caller wrote', async () => {
    const response = await rig.json(live('churn'), {
      instances: [
        { tenure: 1, plan: 'gold' },
        { tenure: 'long', plan: 'silver', tenur: 1 },
        { plan: 'gold' },
      ],
    })
    const { errors } = await problemIn(response, 'request-invalid')
    expect(errors.map(({ pointer }) => pointer).toSorted()).toEqual([
      '/instances/1/plan',
      '/instances/1/tenur',
      '/instances/1/tenure',
      '/instances/2/tenure',
    ])
    expect(errors.find(({ pointer }) => pointer === '/instances/1/plan')).toMatchObject({
      found: "'silver'",
      allowed: "one of 'basic', 'gold'",
    })
  })

  test.each<[string, unknown]>([
    ['null', null],
    ['a number', 7],
    ['a string', 'gold'],
    ['a list of lists', [[1, 'gold']]],
    ['a number too large', { tenure: 1e39, plan: 'gold' }],
    ['a null value', { tenure: null, plan: 'gold' }],
  ])('is refused: %s', async (_, body) => {
    const before = rig.host.sent.length
    await problemIn(await rig.json(live('churn'), body), 'request-invalid')
    expect(rig.host.sent).toHaveLength(before)
  })

  test('cannot smuggle a prototype in', async () => {
    const body = '{"tenure": 1, "plan": "gold", "__proto__": {"polluted": true}}'
    const response = await rig.call(live('churn'), { body, headers: { 'content-type': 'application/json' } })
    await problemIn(response, 'request-invalid')
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

describe('an answer', () => {
  const records = [
    { tenure: 1, plan: 'gold' },
    { tenure: 2, plan: 'gold' },
  ]
  const rows = [
    [1, 2, 3],
    [4, 5, 6],
  ]
  const accepting = (model: string, accept: string) =>
    rig.json(live(model), model === 'churn' ? records : rows, { accept })

  test.each([
    '*/*',
    'application/json',
    'application/json; charset=utf-8',
    'text/html, */*;q=0.8',
    'application/*',
    'text/html;q=0.9, application/json;q=0.1',
  ])('is JSON for %s', async (accept) => {
    const response = await accepting('churn', accept)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(await response.json()).toEqual({ predictions: [0, 0.25] })
  })

  test('is JSON where nothing is asked for', async () => {
    const response = await rig.json(live('tensor'), rows)
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(await response.json()).toEqual({
      predictions: [
        { label: 0, probabilities: [0.25, 0.75] },
        { label: 1, probabilities: [0.25, 0.75] },
      ],
    })
  })

  test.each([
    ['churn', 'text/csv', '0\n0.25\n'],
    ['churn', 'text/*', '0\n0.25\n'],
    ['churn', 'application/json;q=0.5, text/csv', '0\n0.25\n'],
    ['tensor', 'text/csv', 'label,probabilities.0,probabilities.1\n0,0.25,0.75\n1,0.25,0.75\n'],
    ['churn', 'application/jsonlines', '0\n0.25\n'],
    [
      'tensor',
      'application/jsonlines',
      '{"label":0,"probabilities":[0.25,0.75]}\n{"label":1,"probabilities":[0.25,0.75]}\n',
    ],
  ])('of %s is written for %s', async (model, accept, text) => {
    const response = await accepting(model, accept)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain(accept.includes('text') ? 'text/csv' : accept)
    expect(await response.text()).toBe(text)
  })

  test('is written as an array of numbers', async () => {
    const response = await accepting('churn', 'application/x-npy')
    expect(response.headers.get('content-type')).toBe('application/x-npy')
    const array = readNpy(new Uint8Array(await response.arrayBuffer()))
    expect(array.shape).toEqual([2])
    expect(nestedRows(array)).toEqual([0, 0.25])
  })

  test.each([
    ['churn', 'text/html'],
    ['churn', 'application/xml, image/*'],
    ['tensor', 'application/x-npy'],
  ])(
    'of %s that cannot be written as %s is refused, by the version that was asked',
    async (model, accept) => {
      const response = await accepting(model, accept)
      await problemIn(response, 'not-acceptable')
      expect(response.headers.get('model-version')).toBe('1.0.0')
    },
  )
})

describe('a body that is too large', () => {
  const largest = 10 * 1024 * 1024
  const record = '{"tenure": 1, "plan": "gold"}'

  test('is refused by what it declares, unread', async () => {
    let read = false
    const body = new ReadableStream(
      {
        pull(controller) {
          read = true
          controller.enqueue(new TextEncoder().encode(record))
          controller.close()
        },
      },
      { highWaterMark: 0 },
    )
    const headers = { 'content-type': 'application/json', 'content-length': `${largest + 1}` }
    const response = await rig.call(live('churn'), { body, headers, duplex: 'half' } as RequestInit)
    expect((await problemIn(response, 'body-too-large')).detail).toContain(`${largest}`)
    expect(read).toBe(false)
  })

  test('is refused by what it really is', async () => {
    const body = record.padEnd(largest + 1, ' ')
    const response = await rig.call(live('churn'), { body, headers: { 'content-type': 'application/json' } })
    await problemIn(response, 'body-too-large')
  })

  test('is read up to the limit', async () => {
    const sent = await sentFor('churn', record.padEnd(largest, ' '), 'application/json')
    expect(sent).toEqual({ inputs: { tenure: [1], plan: ['gold'] } })
  })

  test('is refused where it is too much for the host, by what would really be sent', async () => {
    // 6 MB as they would go to the model, from 4 MB of CSV: each number grows a comma and the quotes of its plan.
    const rows = Math.ceil((6 * 1024 * 1024) / '1,"gold",'.length)
    const response = await rig.call(live('churn'), {
      body: `tenure,plan\n${'1,gold\n'.repeat(rows)}`,
      headers: { 'content-type': 'text/csv' },
    })
    expect((await problemIn(response, 'body-too-large')).detail).toContain("host 'lambda'")
  })
})
