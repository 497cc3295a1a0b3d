import { describe, expect, test } from '@jest/globals'
import type { Signature } from '../../lib/rules/signature.ts'
import { parseJson, readCsvRecords, readJsonBody, readJsonLineRecords } from '../../lib/rules/tabular-body.ts'
import { refusal } from './refusal.ts'
import { cancer, churn, row, single, validatorOf } from './signatures.ts'

const csv = (text: string, signature: Signature = churn) =>
  validatorOf(signature)(readCsvRecords(text, signature))
const jsonLines = (text: string) => validatorOf(churn)(readJsonLineRecords(text, churn))

const one = { tenure: 1.5, plan: 'basic', visits: 3 }
const two = { tenure: 0, plan: 'gold', visits: -1 }

describe('CSV under a header', () => {
  test.each([
    ['in the order of the signature', 'tenure,plan,visits\n1.5,basic,3\n0,gold,-1\n'],
    ['in another order', 'visits,tenure,plan\n3,1.5,basic\n-1,0,gold\n'],
    ['without a line break at the end', 'tenure,plan,visits\n1.5,basic,3\n0,gold,-1'],
    ['with the line breaks of Windows', 'tenure,plan,visits\r\n1.5,basic,3\r\n0,gold,-1\r\n'],
    ['with a byte order mark', '\uFEFFtenure,plan,visits\n1.5,basic,3\n0,gold,-1\n'],
    ['in quotes', '"tenure","plan","visits"\n"1.5","basic","3"\n"0","gold","-1"\n'],
    ['in quotes behind a byte order mark', '\uFEFF"tenure","plan","visits"\n1.5,basic,3\n0,gold,-1\n'],
    ['with spaces around', 'tenure, plan, visits\n 1.5, basic ,3\n0,gold,-1\n'],
    ['with empty lines', '\ntenure,plan,visits\n\n1.5,basic,3\n\n0,gold,-1\n\n'],
    ['with exponents', 'tenure,plan,visits\n15e-1,basic,3e0\n-0,gold,-1.0\n'],
  ])('is read %s', (_, text) => {
    expect(csv(text)).toEqual([one, { ...two, tenure: expect.closeTo(0) }])
  })

  test('keeps commas, quotes and line breaks in quotes', () => {
    const signature: Signature = {
      inputs: [
        { name: 'a', type: 'string', shape: [] },
        { name: 'b', type: 'boolean', shape: [] },
      ],
      outputs: [],
    }
    expect(csv('a,b\n"x, ""y""\nz",true\n7,false\n', signature)).toEqual([
      { a: 'x, "y"\nz', b: true },
      { a: '7', b: false },
    ])
  })

  test('keeps numbers that are texts as they are written', () => {
    const signature: Signature = { inputs: [{ name: 'zip', type: 'string', shape: [] }], outputs: [] }
    expect(csv('zip\n00123\n1e3\n', signature)).toEqual([{ zip: '00123' }, { zip: '1e3' }])
  })

  test.each([
    ['an empty cell', ',gold,1', '/1/0', "''"],
    ['a text', 'old,gold,1', '/1/0', "'old'"],
    ['NaN', 'NaN,gold,1', '/1/0', "'NaN'"],
    ['an infinite number', 'Infinity,gold,1', '/1/0', 'Infinity'],
    ['half a visit', '1,gold,0.5', '/1/2', '0.5'],
    ['an unknown plan', '1,silver,1', '/1/1', "'silver'"],
  ])('is refused with %s in a cell, which is pointed at', (_, line, pointer, found) => {
    const problem = refusal(() => csv(`tenure,plan,visits\n1,gold,1\n${line}\n`))
    expect(problem.errors).toMatchObject([{ pointer, found }])
  })

  test('is refused with a boolean that is none', () => {
    const signature: Signature = { inputs: [{ name: 'a', type: 'boolean', shape: [] }], outputs: [] }
    expect(refusal(() => csv('a\nyes\n', signature)).errors).toMatchObject([
      { pointer: '/0/0', found: "'yes'" },
    ])
  })

  test.each([
    ['a cell too few', 'tenure,plan,visits\n1,gold\n'],
    ['a cell too many', 'tenure,plan,visits\n1,gold,1,1\n'],
    ['an open quote', 'tenure,plan,visits\n"1,gold,1\n'],
    ['a column twice', 'tenure,plan,plan,visits\n1,gold,gold,1\n'],
    ['nothing', ''],
    ['only a header', 'tenure,plan,visits\n'],
  ])('is malformed with %s', (_, text) => {
    expect(refusal(() => csv(text)).code).toBe('body-malformed')
  })

  test.each([
    ['an unknown column', 'tenure,plan,visits,colour\n1,gold,1,red\n', '/0/3'],
    ['a column too few', 'tenure,plan\n1,gold\n', '/0'],
    ['__proto__ as a column', 'tenure,plan,visits,__proto__\n1,gold,1,1\n', '/0/3'],
  ])('is refused with %s', (_, text, pointer) => {
    expect(refusal(() => csv(text)).errors).toMatchObject([{ pointer }])
  })

  test('of a single value is read row by row', () => {
    expect(csv('x\n1\n2.5\n', single)).toEqual([{ x: 1 }, { x: 2.5 }])
  })
})

describe('CSV of rows', () => {
  const line = row().join(',')
  const header = row()
    .map((_, i) => `f${i}`)
    .join(',')
  const record = { features: row() }

  test.each([
    ['without a header', `${line}\n${line}\n`],
    ['under a header', `${header}\n${line}\n${line}\n`],
    ['under a header, behind a byte order mark', `\uFEFF${header}\r\n${line}\r\n${line}\r\n`],
  ])('is read %s', (_, text) => {
    expect(csv(text, cancer)).toEqual([record, record])
  })

  test('points at the cell that is wrong, whether or not there is a header', () => {
    const wrong = row({ 4: 'x' }).join(',')
    expect(refusal(() => csv(`${line}\n${wrong}\n`, cancer)).errors).toMatchObject([
      { pointer: '/1/4', found: "'x'" },
    ])
    expect(refusal(() => csv(`${wrong}\n${line}\n`, cancer)).errors).toMatchObject([{ pointer: '/0/4' }])
    expect(refusal(() => csv(`${header}\n${wrong}\n`, cancer)).errors).toMatchObject([{ pointer: '/0/4' }])
  })

  test('with a cell too few is refused', () => {
    expect(refusal(() => csv(`${row().slice(1).join(',')}\n`, cancer)).errors).toMatchObject([
      { pointer: '/0', found: 'a list of 29' },
    ])
  })

  test('never loses its first record, even one of texts or of missing values', () => {
    const words: Signature = { inputs: [{ name: 'words', type: 'string', shape: [2] }], outputs: [] }
    expect(csv('a,b\nc,d\n', words)).toEqual([{ words: ['a', 'b'] }, { words: ['c', 'd'] }])
    const missing = row().fill('nan').join(',')
    expect(refusal(() => csv(`${missing}\n${line}\n`, cancer)).errors).toMatchObject([
      { pointer: '/0/0', found: "'nan'" },
    ])
  })
})

describe('JSON Lines', () => {
  test.each([
    ['one a line', `${JSON.stringify(one)}\n${JSON.stringify(two)}\n`],
    ['without a line break at the end', `${JSON.stringify(one)}\n${JSON.stringify(two)}`],
    [
      'with empty lines and the line breaks of Windows',
      `${JSON.stringify(one)}\r\n\r\n \n${JSON.stringify(two)}\r\n`,
    ],
  ])('are records, %s', (_, text) => {
    expect(jsonLines(text)).toEqual([one, two])
  })

  test('point at the record that is wrong', () => {
    const text = [one, one, { ...one, plan: 'x' }].map((each) => JSON.stringify(each)).join('\n')
    expect(refusal(() => jsonLines(text)).errors).toMatchObject([{ pointer: '/2/plan' }])
  })

  test('name the line that is no JSON', () => {
    expect(refusal(() => jsonLines(`${JSON.stringify(one)}\n{"tenure": \n`))).toMatchObject({
      code: 'body-malformed',
      message: expect.stringContaining('line 1 is not JSON'),
    })
  })

  test.each(['', '\n', ' \n\n'])('%j hold no record', (text) => {
    expect(refusal(() => jsonLines(text)).code).toBe('body-malformed')
  })
})

describe('JSON', () => {
  test('is read', () => {
    expect(readJsonBody(JSON.stringify([one, two]), churn).records).toEqual([one, two])
  })

  test.each([
    ['nothing', ''],
    ['cut short', '{"tenure": 1'],
    ['a comma too many', '{"tenure": 1,}'],
    ['single quotes', "{'tenure': 1}"],
    ['something behind it', '{"tenure": 1} x'],
    ['a comment', '{"tenure": 1 /* year */}'],
    ['form data', 'tenure=1&plan=gold'],
    ['a byte order mark', '\uFEFF{"tenure": 1}'],
  ])('is refused: %s', (_, text) => {
    const problem = refusal(() => readJsonBody(text, churn))
    expect(problem.code).toBe('body-malformed')
    expect(problem.message).toMatch(/^the body is not JSON: (Expected|Unexpected) /)
  })

  test.each([
    ['a name', '{"tenure": 1, plan: "gold"}', 14],
    ['a comma too many', '{"tenure": 1, }', 14],
    ['something behind', '{"tenure": 1} x', 14],
  ])('is refused with the place where its grammar breaks: %s', (_, text, position) => {
    expect(refusal(() => parseJson(text, 'the body')).message).toMatch(new RegExp(`\\b${position}\\b`))
  })

  test('is refused with the word that is none, in a short sentence however long the body is', () => {
    const body = `{"name": "${'x'.repeat(100_000)}", "age": NaN}`
    const { message } = refusal(() => parseJson(body, 'the body'))
    expect(message).toContain("'N'")
    expect(message.length).toBeLessThan(120)
  })
})
