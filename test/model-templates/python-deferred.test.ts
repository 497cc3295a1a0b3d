import { tmpdir } from 'node:os'
import { beforeAll, describe, expect, jest, test } from '@jest/globals'
import { noPython, printed, pythonWithModels, template } from './python-server.ts'

const minutes = 60_000
jest.setTimeout(2 * minutes)
let python: string
const suite = noPython === undefined ? describe : describe.skip

suite('what predictions do without', () => {
  beforeAll(async () => {
    python = await pythonWithModels()
  }, 10 * minutes)

  const told = (name: string) => printed(python, 'deferred.py', [template, name], tmpdir())

  test('is not imported with a forest', async () => {
    expect(await told('forest')).toEqual({ stats: 'StandIn', testing: 'StandIn', parts: [] })
  })

  test('is the real module for whoever looks into it, and then for everybody', async () => {
    expect(await told('attribute')).toEqual({
      held: 'StandIn',
      half: 0.5,
      after: ['module', 'module', 'module'],
      one: true,
    })
  })

  test('is the real module from the moment that anybody else imports it', async () => {
    expect(await told('import')).toEqual({ before: 'StandIn', after: 'module', norm: true })
  })

  test('is imported before a part of it is', async () => {
    expect(await told('part')).toEqual({ after: 'module', one: true })
  })

  test('is imported when a function of it is called that was taken by its name', async () => {
    expect(await told('call')).toEqual({ before: 'Named', ranks: [3, 1, 2], after: 'function' })
  })

  test('is imported once for eight threads that need it together', async () => {
    expect(await told('threads')).toEqual({ found: Array(8).fill(0.5), after: 'module' })
  })

  test('is found as it is by whoever asks for its place only', async () => {
    expect(await told('unfound')).toEqual({ spec: true, kind: 'NoneType' })
  })

  test('is known to be needed by a model whose answers run through it, however deep it stands in there', async () => {
    expect(await told('needs')).toEqual({ forest: false, scaled: false, neighbours: true, deep: true })
  })

  test('is there before the first request of a model that needs it', async () => {
    expect(await told('needed')).toEqual({ before: 'StandIn', after: 'module', answer: [4] })
  })

  test('is there before the first request where code of the user holds it', async () => {
    expect(await told('held')).toEqual({ before: 'StandIn', after: 'module' })
  })

  test('is looked for once by a warm parent, and by its forks in what has come since', async () => {
    expect(await told('parent')).toEqual({ after: 'StandIn', looked_into: ['theirs'], with_fork: 'module' })
    expect(await told('held_by_parent')).toEqual({ after: 'module' })
  })
})
