import { describe, expect, test } from '@jest/globals'
import { newestFirst, parseVersionSelector, resolveRange } from '../../lib/rules/version-range.ts'
import { refusal } from './refusal.ts'

describe('the version part of a path', () => {
  test.each(['1.4.0', '0.0.0', '1.4.0-rc.1', '10.20.30', `1.0.0-${'a'.repeat(26)}`])(
    '%j is exact',
    (text) => {
      expect(parseVersionSelector(text)).toEqual({ exact: text })
    },
  )

  test.each(['1', '0', '1.2', '1.x', '1.2.x', '^1', '^1.2', '^1.2.3', '~1', '~1.2', '~1.2.3', '123456789'])(
    '%j is a range',
    (text) => {
      expect(parseVersionSelector(text)).toEqual({ range: text })
    },
  )

  test.each([
    '',
    'x',
    '*',
    'latest',
    'live',
    'v1',
    'v1.2.3',
    '=1.2.3',
    '>=1',
    '<2',
    '1 || 2',
    '1 - 2',
    '^',
    '^^1',
    '^~1',
    '1.',
    '1..2',
    '1.2.3.4',
    '1.2.3+a',
    '01',
    '1.02',
    '1.02.3',
    '1.X',
    '^1.2\n',
    ' 1',
    '^1.2.3-rc',
    '1.x.2',
    '1234567890',
    '-1',
    '1e3',
    '..',
    `1.0.0-${'a'.repeat(27)}`,
  ])('%j is neither', (text) => {
    expect(refusal(() => parseVersionSelector(text)).code).toBe('version-malformed')
  })
})

describe('a range', () => {
  const accepted = [
    '1.9.0',
    '1.0.0',
    '1.2.0',
    '2.0.0',
    '1.2.9',
    '1.10.0',
    '1.11.0-rc.1',
    '3.0.0-beta',
    '0.3.1',
    '0.3.2',
  ]

  test.each([
    ['1', '1.10.0'],
    ['1.x', '1.10.0'],
    ['^1', '1.10.0'],
    ['^1.2', '1.10.0'],
    ['^1.2.0', '1.10.0'],
    ['1.2', '1.2.9'],
    ['1.2.x', '1.2.9'],
    ['~1.2', '1.2.9'],
    ['~1.2.3', '1.2.9'],
    ['2', '2.0.0'],
    ['^0.3.1', '0.3.2'],
    ['^0.3.0', '0.3.2'],
    ['0', '0.3.2'],
  ])('%s is the highest accepted version in it, %s', (range, expected) => {
    expect(resolveRange(range, accepted)).toBe(expected)
  })

  test.each(['3', '^3.0.0', '1.11', '1.11.x', '4', '~1.2.10'])(
    '%s reaches nothing: prereleases only exactly',
    (range) => {
      expect(resolveRange(range, accepted)).toBeUndefined()
    },
  )

  test('reaches nothing where nothing is accepted', () => {
    expect(resolveRange('1', [])).toBeUndefined()
  })
})

test('versions sort newest first, numbers as numbers and prereleases before their release', () => {
  const sorted = ['1.9.0', '1.10.0', '1.10.0-rc.2', '1.10.0-rc.10', '2.0.0', '0.1.0'].toSorted(newestFirst)
  expect(sorted).toEqual(['2.0.0', '1.10.0', '1.10.0-rc.10', '1.10.0-rc.2', '1.9.0', '0.1.0'])
})
