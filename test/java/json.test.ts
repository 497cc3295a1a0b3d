import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { javaOf } from '../../local/environments/java/jdk.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import { jarOfFolder, javaTemplate, jdk } from '../model-templates/java-server.ts'

const folder = await temporaryFolder()
const suite = jdk === undefined ? describe.skip : describe

suite('the JSON of the java runtime', () => {
  const jar = join(folder, 'json.jar')
  beforeAll(
    () => jarOfFolder(jar, 'json', { options: ['-implicit:class', '-cp', join(javaTemplate, 'src')] }),
    120_000,
  )

  /** Each text, read and written again. */
  function through(texts: readonly string[]): string[] {
    if (jdk === undefined) return []
    const args = ['-cp', jar, 'sluice.serving.JsonLines']
    const options = { input: texts.join('\n'), encoding: 'utf8', maxBuffer: 1 << 28 } as const
    return execFileSync(javaOf(jdk), args, options).replace(/\n$/, '').split('\n')
  }

  test('gives back every value as it was, also half a character, the largest number and the smallest', () => {
    const values = fc.sample(fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' }), { numRuns: 3000, seed: 7 })
    const halves = fc.sample(
      fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
      {
        numRuns: 500,
        seed: 7,
      },
    )
    const numbers = [0, -0, 1e308, 5e-324, 0.1, 1 / 3, 123456789012345, 2 ** 53 - 1, -(2 ** 53 - 1)]
    // JSON.stringify writes no zero below zero.
    const texts = [...[...values, ...halves, ...numbers].map((value) => textOf(value)), '-0', '-0.0']
    const back = through(texts)
    expect(back).toHaveLength(texts.length)
    for (const [i, text] of texts.entries()) expect(JSON.parse(back[i] ?? '')).toEqual(JSON.parse(text))
  })

  /** Its text, without integers beyond 2^53, which become strings. */
  function textOf(value: unknown): string {
    return JSON.stringify(value, (_, one) =>
      Number.isInteger(one) && !Number.isSafeInteger(one) ? 0.5 : one,
    )
  }

  test('is read where JavaScript reads it, and refused where it refuses it', () => {
    const valid = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value))
    const signs = fc.constantFrom(...'{}[]",:\\0123456789eE+-.tfnul \t\u0001ä'.split(''))
    const bent = fc
      .tuple(valid, fc.nat(), signs, fc.constantFrom(0, 1))
      .map(([text, at, sign, cut]) => {
        const place = at % (text.length + 1)
        return text.slice(0, place) + sign + text.slice(place + cut)
      })
      .filter((text) => !/[\n\r\u2028]/.test(text))
    const texts = fc.sample(bent, { numRuns: 4000, seed: 11 })
    const back = through(texts)
    const isJson = (text: string) => {
      try {
        JSON.parse(text)
        return true
      } catch {
        return false
      }
    }
    const differs = texts.filter((text, i) => isJson(text) === back[i]?.startsWith('no JSON'))
    expect(differs).toEqual([])
    expect(texts.filter(isJson).length).toBeGreaterThan(300)
  })

  test.each([
    ['', 'character 1: it ends too early'],
    ['[1,]', 'character 4: this is no value'],
    ['{"a" 1}', "character 6: ':' is missing"],
    ['"a', 'character 3: a string does not end'],
    ['[1] 2', 'character 5: nothing may follow'],
    [`${'['.repeat(600)}`, 'it is nested deeper than 512'],
  ])('%j is refused by the character', (text, why) => {
    expect(through([text, '1'])).toEqual([expect.stringContaining(why), '1'])
  })

  test('writes integers beyond 2^53 as strings of digits', () => {
    expect(through(['9007199254740991', '9007199254740992', '-9007199254740993'])).toEqual([
      '9007199254740991',
      '"9007199254740992"',
      '"-9007199254740993"',
    ])
  })
})
