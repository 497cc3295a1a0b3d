import { describe, expect, test } from '@jest/globals'
import { zipSync } from 'fflate'
import { jarBeginning, jarListing } from '../../../lib/rules/java/jar-listing.ts'
import { predictorIn } from '../../../lib/rules/java/predictor-jar.ts'
import { refusal } from '../refusal.ts'

const text = (content: string) => new TextEncoder().encode(content)
/** The beginning of a class file, and more. */
const compiledFor = (java: number) =>
  Uint8Array.from([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, java + 44, ...Array(20_000).fill(7)])
const service = 'META-INF/services/sluice.Predictor'
const classes = { 'a/Churn.class': compiledFor(17), 'a/Other.class': compiledFor(11) }
const named = (content: string) => ({ ...classes, [service]: text(content) })

describe('a jar', () => {
  test('is listed by its directory, packed or not, with what each file begins with', () => {
    const jar = zipSync({ ...classes, 'plain.txt': [text('plain'), { level: 0 }], 'empty.txt': text('') })
    const members = jarListing(jar)
    expect([...(members?.keys() ?? [])]).toEqual(['a/Churn.class', 'a/Other.class', 'plain.txt', 'empty.txt'])
    const beginning = (name: string) => {
      const member = members?.get(name)
      return member === undefined ? undefined : jarBeginning(jar, member)
    }
    expect(beginning('a/Churn.class')?.slice(0, 8)).toEqual(compiledFor(17).slice(0, 8))
    expect(new TextDecoder().decode(beginning('plain.txt'))).toBe('plain')
    expect(beginning('empty.txt')).toHaveLength(0)
  })

  test('names its predictor, or leaves it to be found', () => {
    expect(predictorIn('m.jar', zipSync(named('# ours\n a.Churn # it\n\n')), false)).toBe('a.Churn')
    expect(predictorIn('m.jar', zipSync(classes), false)).toBeUndefined()
    expect(predictorIn('m.jar', zipSync(named('of.a.Library')), true)).toBe('of.a.Library')
  })

  test.each<[string, Record<string, Uint8Array>, string]>([
    ['with no classes', { 'a.txt': text('a') }, 'm.jar has no classes'],
    [
      'that names nobody',
      named('# nobody\n'),
      'the file sluice.Predictor of META-INF/services names 0 classes',
    ],
    [
      'that names two',
      named('a.Churn\na.Other\n'),
      'the file sluice.Predictor of META-INF/services names 2 classes',
    ],
    [
      'that names what it has not',
      named('a.Gone'),
      "the file sluice.Predictor of META-INF/services in m.jar names 'a.Gone', and there is no such class",
    ],
    [
      'of a Java to come',
      { ...classes, 'b/New.class': compiledFor(25) },
      'b/New.class in m.jar was compiled for Java 25, and Java 21 runs it: compile it with --release 17',
    ],
  ])('%s is refused', (_, files, why) => {
    const problem = refusal(() => predictorIn('m.jar', zipSync(files), false))
    expect([problem.code, problem.message]).toEqual(['artifact-unrecognised', expect.stringContaining(why)])
  })

  const whole = zipSync(named('a.Churn'))
  test.each([0, 1, 21, 22, 60, whole.length - 60, whole.length - 1])(
    'cut at %i is refused as damaged',
    (size) => {
      const problem = refusal(() => predictorIn('m.jar', whole.slice(0, size), false))
      expect(problem.code).toBe('artifact-corrupt')
    },
  )

  test('of any bytes is read or refused, and never more: every seventh is broken', () => {
    for (let at = 0; at < whole.length; at += 7) {
      const broken = Uint8Array.from(whole)
      broken[at] = (broken[at] ?? 0) ^ 0xff
      try {
        predictorIn('m.jar', broken, false)
      } catch (error) {
        expect(error).toMatchObject({ name: 'Problem' })
      }
    }
  })
})
