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
afterEach(() => {
  jest.restoreAllMocks()
})

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
    [{ kind: 'promotion', state: 'failed', problem: new Problem('contract-broken', 'x').facts }, 2],
    [{ kind: 'promotion', state: 'failed', problem: new Problem('metrics-worse', 'x').facts }, 2],
    [{ kind: 'promotion', state: 'rolled-back', problem: new Problem('rolled-back', 'x').facts }, 3],
    [{ kind: 'release', state: 'failed', problem: new Problem('platform-fault', 'x').facts }, 4],
  ])('of an operation that is %j is %i', (facts, code) => {
    expect(exitCodeOfOperation(operationRecord('x', facts))).toBe(code)
  })

  test.each<[ProblemCode, number]>([
    ['usage', 1],
    ['version-unknown', 1],
    ['request-invalid', 1],
    ['contract-broken', 2],
    ['metrics-worse', 2],
    ['platform-unreachable', 4],
    ['platform-fault', 4],
  ])('of a refusal with %s is %i', (code, expected) => {
    expect(exitCodeOf(new Problem(code, 'x'))).toBe(expected)
  })
})

describe('talk', () => {
  /** The parts of a terminal that decide on colours; Node answers a depth of 1 where NO_COLOR is set. */
  const stderrAs = (isTTY: boolean, depth: number) => {
    Object.assign(process.stderr, { isTTY, getColorDepth: () => depth })
  }
  const names = ['isTTY', 'getColorDepth'] as const
  let before: readonly (PropertyDescriptor | undefined)[]

  beforeEach(() => {
    before = names.map((name) => Object.getOwnPropertyDescriptor(process.stderr, name))
    process.env['TERM'] = 'xterm-256color'
  })
  afterEach(() => {
    for (const [i, name] of names.entries()) {
      const descriptor = before[i]
      if (descriptor !== undefined) Object.defineProperty(process.stderr, name, descriptor)
      else Reflect.deleteProperty(process.stderr, name)
    }
  })

  test('is coloured and live on a terminal', () => {
    stderrAs(true, 24)
    const talk = new Talk(false)
    expect(talk.paint('red', 'x')).toBe('\u001b[31mx\u001b[39m')
    expect(talk.live).toBe(true)
  })

  test('is plain on a terminal that wants no colours', () => {
    stderrAs(true, 1)
    expect(new Talk(false).paint('red', 'x')).toBe('x')
  })

  test('is neither coloured nor live where there is no terminal', () => {
    stderrAs(false, 24)
    const talk = new Talk(false)
    expect(talk.paint('red', 'x')).toBe('x')
    expect(talk.live).toBe(false)
  })

  test('is not live on a dumb terminal', () => {
    stderrAs(true, 24)
    process.env['TERM'] = 'dumb'
    expect(new Talk(false).live).toBe(false)
  })

  test('is silent with --json, and draws nothing', () => {
    stderrAs(true, 24)
    const said = jest.spyOn(process.stderr, 'write').mockReturnValue(true)
    const talk = new Talk(true)
    talk.say('hello')
    expect(talk.live).toBe(false)
    expect(said).not.toHaveBeenCalled()
  })
})
