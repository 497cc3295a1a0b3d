import { WriteStream } from 'node:tty'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { Context } from '../../cli/context.ts'
import { exitCodeOf, exitCodeOfOperation } from '../../cli/exit-codes.ts'
import { Talk } from '../../cli/terminal/talk.ts'
import { explain } from '../../cli/verbs/explain.ts'
import { Problem, type ProblemCode } from '../../lib/rules/problem.ts'
import { problemPages } from '../../lib/rules/problem-pages.ts'
import { operationRecord } from '../harness/records.ts'
import { refused } from '../harness/refused.ts'

/** What a verb writes on standard output. */
function written(json: boolean): { readonly context: Context; readonly stdout: () => string } {
  let stdout = ''
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text
    return true
  })
  return { context: { talk: new Talk(json) } as Context, stdout: () => stdout }
}
afterEach(() => jest.restoreAllMocks())

describe('explain', () => {
  const codes = Object.keys(problemPages) as ProblemCode[]

  test.each(codes)('has a page for %s, for people and as JSON', async (code) => {
    const { title, status, cause, mend } = problemPages[code]
    const prose = written(false)
    expect(await explain(prose.context, code)).toBe(0)
    const text = prose.stdout()
    for (const part of [code, title, `HTTP ${status}`, cause, mend]) expect(text).toContain(part)
    const json = written(true)
    expect(await explain(json.context, code)).toBe(0)
    expect(JSON.parse(json.stdout())).toEqual({ code, title, status, cause, mend })
  })

  test('lists every code without one', async () => {
    const { context, stdout } = written(false)
    expect(await explain(context, undefined)).toBe(0)
    for (const code of codes) expect(stdout()).toContain(`\n${code} `)
  })

  test.each(['constructor', '__proto__', 'nothing-like-it', ''])('knows no page for %j', async (code) => {
    const { context } = written(false)
    expect((await refused(explain(context, code))).code).toBe('usage')
  })
})

describe('the exit code', () => {
  test.each<[Parameters<typeof operationRecord>[1], number]>([
    [{ state: 'succeeded' }, 0],
    [{ kind: 'release', state: 'failed', problem: new Problem('golden-check-failed', 'x').facts }, 2],
    [{ kind: 'promotion', state: 'failed', problem: new Problem('already-live', 'x').facts }, 1],
    [{ kind: 'promotion', state: 'rolled-back', problem: new Problem('rolled-back', 'x').facts }, 3],
    [{ kind: 'release', state: 'failed', problem: new Problem('platform-fault', 'x').facts }, 4],
  ])('of an operation that is %j is %i', (facts, code) => {
    expect(exitCodeOfOperation(operationRecord('x', facts))).toBe(code)
  })

  test.each<[ProblemCode, number]>([
    ['usage', 1],
    ['version-unknown', 1],
    ['request-invalid', 1],
    ['platform-unreachable', 4],
    ['platform-fault', 4],
  ])('of a refusal with %s is %i', (code, expected) => {
    expect(exitCodeOf(new Problem(code, 'x'))).toBe(expected)
  })
})

describe('talk', () => {
  const terminal = { isTTY: true, getColorDepth: WriteStream.prototype.getColorDepth }
  const before = { ...process.env }
  let plain: PropertyDescriptorMap

  beforeEach(() => {
    plain = Object.getOwnPropertyDescriptors(process.stderr)
    Object.assign(process.stderr, terminal)
    for (const name of ['NO_COLOR', 'FORCE_COLOR', 'NODE_DISABLE_COLORS', 'CI']) delete process.env[name]
    process.env['TERM'] = 'xterm-256color'
  })
  afterEach(() => {
    for (const name of Object.keys(terminal)) {
      const descriptor = plain[name]
      if (descriptor === undefined) delete (process.stderr as unknown as Record<string, unknown>)[name]
      else Object.defineProperty(process.stderr, name, descriptor)
    }
    for (const name of Object.keys(process.env)) delete process.env[name]
    Object.assign(process.env, before)
  })

  test('is coloured and live on a terminal', () => {
    const talk = new Talk(false)
    expect(talk.paint('red', 'x')).toBe('\u001b[31mx\u001b[39m')
    expect(talk.live).toBe(true)
  })

  test('is plain where NO_COLOR says so', () => {
    process.env['NO_COLOR'] = '1'
    expect(new Talk(false).paint('red', 'x')).toBe('x')
  })

  test('is neither coloured nor live where there is no terminal', () => {
    Object.assign(process.stderr, { isTTY: false })
    const talk = new Talk(false)
    expect(talk.paint('red', 'x')).toBe('x')
    expect(talk.live).toBe(false)
  })

  test('is silent with --json, and draws nothing', () => {
    const said = jest.spyOn(process.stderr, 'write').mockReturnValue(true)
    const talk = new Talk(true)
    talk.say('hello')
    expect(talk.live).toBe(false)
    expect(said).not.toHaveBeenCalled()
  })
})
