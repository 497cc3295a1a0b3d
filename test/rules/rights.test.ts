import { expect, test } from '@jest/globals'
import { type Grant, parseGrant } from '../../lib/rules/access.ts'
import { rightsOf } from '../../lib/rules/rights.ts'

const aliases = ['live', 'staging']
const of = (...texts: string[]) =>
  rightsOf(
    'ada',
    texts.map((text) => parseGrant(text) as Grant),
    'churn',
    aliases,
  )
const nothing = { actor: 'ada', invoke: false, own: false, retire: false, move: [] }

test('who was let in by others may do everything', () => {
  expect(rightsOf('ada', undefined, 'churn', aliases)).toEqual({
    ...{ actor: 'ada', invoke: true, own: true, retire: true },
    move: aliases,
  })
})

test('each scope opens its own', () => {
  expect(of('invoke:churn')).toEqual({ ...nothing, invoke: true })
  expect(of('publish:churn')).toEqual({ ...nothing, own: true })
  expect(of('promote:churn')).toEqual({ ...nothing, own: true, retire: true, move: aliases })
  expect(of('admin:*')).toEqual({ ...nothing, invoke: true, own: true, retire: true, move: aliases })
})

test('who may move one alias may move that one, and retire nothing', () => {
  expect(of('promote:churn@staging')).toEqual({ ...nothing, own: true, move: ['staging'] })
})

test('what is held of another model opens nothing', () => {
  expect(of('admin:iris', 'promote:churner')).toEqual(nothing)
})
