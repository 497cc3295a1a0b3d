import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  parseAlias,
  parseModelName,
  parseMovableAlias,
  parseReleaseKey,
  parseVersion,
  resourceName,
} from '../../lib/rules/names.ts'
import { refusal } from './refusal.ts'

describe('a model name', () => {
  test.each(['ab', 'churn', 'a1', 'a29', 'z9-8', 'a-b', 'a--b', `a${'b'.repeat(39)}`])(
    'may be %j',
    (name) => {
      expect(parseModelName(name)).toBe(name)
    },
  )

  test.each([
    '',
    'a',
    'A',
    'Churn',
    '1a',
    '-ab',
    'ab-',
    'a_b',
    'a.b',
    'a b',
    ' ab',
    'ab\n',
    'a\0b',
    'a/b',
    '../b',
    '..',
    '%61b',
    'äb',
    'a\u0430b', // a Cyrillic letter that looks like a Latin one
    `a${'b'.repeat(40)}`,
  ])('cannot be %j', (name) => {
    expect(refusal(() => parseModelName(name)).code).toBe('model-name-malformed')
  })

  test.each([
    'constructor',
    'prototype',
    '__proto__',
    'hasownproperty',
    'tostring',
    'valueof',
    'isprototypeof',
  ])('cannot be the reserved word %j', (name) => {
    expect(refusal(() => parseModelName(name))).toMatchObject({
      code: 'model-name-malformed',
      message: expect.stringContaining('reserved'),
    })
  })

  test('is refused with what was found, shortened, and what is allowed', () => {
    const { message } = refusal(() => parseModelName('X'.repeat(10_000)))
    expect(message).toContain("'XXX")
    expect(message).toContain('2 to 40')
    expect(message.length).toBeLessThan(250)
  })
})

describe('a version', () => {
  test.each(['0.0.0', '1.4.0', '10.20.30', '1.4.0-rc.1', '1.0.0-0', '1.0.0-a-b', `1.0.0-${'a'.repeat(26)}`])(
    'may be %j',
    (version) => {
      expect(parseVersion(version)).toBe(version)
    },
  )

  test.each([
    '',
    '1',
    '1.0',
    '1.0.0.0',
    'v1.0.0',
    '=1.0.0',
    ' 1.0.0',
    '1.0.0 ',
    '1.0.0\n',
    '01.0.0',
    '1.0.0-',
    '1.0.0-01',
    '1.0.0-a_b',
    '1.0.0-ä',
    '1.0.0/../2.0.0',
    '1.x',
    'latest',
    '99999999999999999.0.0',
    `1.0.0-${'a'.repeat(27)}`, // 33 characters
  ])('cannot be %j', (version) => {
    expect(refusal(() => parseVersion(version)).code).toBe('version-malformed')
  })

  test.each(['1.0.0+a', '1.0.0-rc.1+b'])('carries no build metadata: %j', (version) => {
    expect(refusal(() => parseVersion(version)).message).toContain('no build metadata')
  })
})

describe('an alias', () => {
  test.each(['live', 'a', 'staging-2', `a${'b'.repeat(38)}`])('may be %j', (alias) => {
    expect(parseAlias(alias)).toBe(alias)
  })

  test.each(['', '1', 'Live', 'li ve', '-a', 'a.b', 'constructor', '__proto__', `a${'b'.repeat(39)}`])(
    'cannot be %j',
    (alias) => {
      expect(refusal(() => parseAlias(alias)).code).toBe('alias-malformed')
      expect(refusal(() => parseMovableAlias(alias)).code).toBe('alias-malformed')
    },
  )

  test('may be read but not moved when it is previous', () => {
    expect(parseAlias('previous')).toBe('previous')
    expect(refusal(() => parseMovableAlias('previous')).code).toBe('alias-malformed')
    expect(parseMovableAlias('live')).toBe('live')
  })
})

describe('a key of the model store', () => {
  test.each([
    ['models/churn/1.4.0/model.onnx', { model: 'churn', version: '1.4.0', path: 'model.onnx' }],
    ['models/churn/1.4.0/model.yaml', { model: 'churn', version: '1.4.0', path: 'model.yaml' }],
    ['models/churn/1.4.0/examples/a/b.json', { model: 'churn', version: '1.4.0', path: 'examples/a/b.json' }],
    ['models/churn/1.4.0/..hidden', { model: 'churn', version: '1.4.0', path: '..hidden' }],
    ['models/churn/1.4.0/2.0.0.onnx', { model: 'churn', version: '1.4.0', path: '2.0.0.onnx' }],
  ])('%j is a file in a release folder', (key, expected) => {
    expect(parseReleaseKey(key)).toEqual(expected)
  })

  test.each(['.onnx', '.tar.gz', '.zip', '.joblib', '.skops', '.pkl'])(
    'models/churn/1.4.0%s is a whole release and has no path',
    (ending) => {
      const read = parseReleaseKey(`models/churn/1.4.0${ending}`)
      expect(read).toEqual({ model: 'churn', version: '1.4.0' })
      expect('path' in read).toBe(false)
    },
  )

  test('keeps the prerelease of a whole release apart from its ending', () => {
    expect(parseReleaseKey('models/churn/1.4.0-rc.1.tar.gz')).toEqual({
      model: 'churn',
      version: '1.4.0-rc.1',
    })
  })

  test.each([
    ['', 'store-key-malformed'],
    ['models', 'store-key-malformed'],
    ['models/churn', 'store-key-malformed'],
    ['model/churn/1.4.0/model.onnx', 'store-key-malformed'],
    ['/models/churn/1.4.0/model.onnx', 'store-key-malformed'],
    ['records/churn/1.json', 'store-key-malformed'],
    ['Models/churn/1.4.0.onnx', 'store-key-malformed'],
    ['models/churn/1.4.0', 'store-key-malformed'],
    ['models/churn/1.4.0.txt', 'store-key-malformed'],
    ['models/churn/1.4.0.ONNX', 'store-key-malformed'],
    ['models/churn/.onnx', 'version-malformed'],
    ['models/churn/1.4.0/', 'store-key-malformed'],
    ['models/churn/1.4.0//model.onnx', 'store-key-malformed'],
    ['models/churn/1.4.0/./model.onnx', 'store-key-malformed'],
    ['models/churn/1.4.0/../2.0.0/model.onnx', 'store-key-malformed'],
    ['models/churn/1.4.0/a/..', 'store-key-malformed'],
    ['models/churn/1.4.0.onnx/model.onnx', 'version-malformed'],
    ['models/a/../b', 'model-name-malformed'],
    ['models/churn/../b', 'version-malformed'],
    ['models/churn/../iris/1.0.0/model.onnx', 'version-malformed'],
    ['models/../records/1.json', 'model-name-malformed'],
    ['models//1.4.0.onnx', 'model-name-malformed'],
    ['models/constructor/1.4.0.onnx', 'model-name-malformed'],
    ['models/__proto__/1.4.0/model.onnx', 'model-name-malformed'],
    ['models/Churn/1.4.0/model.onnx', 'model-name-malformed'],
    ['models/churn/v1.4.0/model.onnx', 'version-malformed'],
    ['models/churn/1.4.0+a.onnx', 'version-malformed'],
    ['models/churn/latest/model.onnx', 'version-malformed'],
  ])('%j is refused: %s', (key, code) => {
    expect(refusal(() => parseReleaseKey(key)).code).toBe(code)
  })
})

type Named = Parameters<typeof resourceName>

describe('a resource name', () => {
  const model = fc.stringMatching(/^[a-z][a-z0-9-]{0,38}[a-z0-9]$/)
  const version = fc.constantFrom('1.0.0', '1.0.0-a', '0.0.1', '10.20.30-rc.1')

  test('fits every host: at most 46 of a-z, 0-9 and -, no dots, a letter first, never two - in a row', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/), model, version, (platform, name, number) => {
        const resource = resourceName(platform, name, number)
        expect(resource.length).toBeLessThanOrEqual(46)
        expect(resource).toMatch(/^[a-z](-?[a-z0-9])*$/)
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  test('is cut to 46 characters, 12 of the platform and 20 of the model', () => {
    const resource = resourceName('p'.repeat(30), 'm'.repeat(40), '10.20.30-rc.1')
    expect(resource).toMatch(/^p{12}-m{20}-[0-9a-f]{12}$/)
  })

  test('is never changed: endpoints out there are found by it', () => {
    const hash = createHash('sha256').update('sluice\nchurn\n1.4.0').digest('hex').slice(0, 12)
    expect(resourceName('sluice', 'churn', '1.4.0')).toBe(`sluice-churn-${hash}`)
  })

  test.each<[string, Named, Named]>([
    ['a prerelease and its release', ['sluice', 'churn', '1.0.0-a'], ['sluice', 'churn', '1.0.0']],
    ['versions that look alike without dots', ['sluice', 'churn', '1.11.0'], ['sluice', 'churn', '11.1.0']],
    ['models that begin alike', ['s', `${'m'.repeat(20)}-a`, '1.0.0'], ['s', `${'m'.repeat(20)}-b`, '1.0.0']],
    [
      'platforms that begin alike',
      ['platform-one-a', 'churn', '1.0.0'],
      ['platform-one-b', 'churn', '1.0.0'],
    ],
    ['names that join alike', ['a', 'b-c', '1.0.0'], ['a-b', 'c', '1.0.0']],
  ])('tells %s apart', (_, one, other) => {
    expect(resourceName(...one)).not.toBe(resourceName(...other))
  })
})
