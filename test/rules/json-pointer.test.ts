import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { pathOf, pointerTo } from '../../lib/rules/json-pointer.ts'

test.each([
  [[], ''],
  [[''], '/'],
  [['instances', 1, 'plan'], '/instances/1/plan'],
  [['a/b', 'm~n', '~1', '~01'], '/a~1b/m~0n/~01/~001'],
])('the path %j is the pointer %j, and back', (path, pointer) => {
  expect(pointerTo(path)).toBe(pointer)
  expect(pathOf(pointer)).toEqual(path.map(String))
})

test('every path comes back from its pointer', () => {
  const part = fc.string({ unit: fc.constantFrom('a', '/', '~', '0', '1', ' ') })
  fc.assert(
    fc.property(fc.array(part), (path) => {
      expect(pathOf(pointerTo(path))).toEqual(path)
    }),
    { seed: 1, numRuns: 500 },
  )
})
