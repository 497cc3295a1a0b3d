import { problemPages } from './problem-pages.ts'

/** The code of a problem: stable, spelt once, the key of its page in `problem-pages.ts`. */
export type ProblemCode = keyof typeof problemPages

/** Whether a text is the code of a problem. */
export function isProblemCode(text: unknown): text is ProblemCode {
  return typeof text === 'string' && Object.hasOwn(problemPages, text)
}

/** One thing found wrong: where it stands, what was found, what would be allowed. */
export interface Finding {
  /** JSON Pointer (RFC 6901) into the document that was judged; '' is the whole of it. */
  readonly pointer: string
  readonly found: string
  readonly allowed: string
  /** 1-based line and column, where the document is a text file. */
  readonly line?: number
  readonly column?: number
  /** How far a number is off the one that was expected. */
  readonly offBy?: number
  /** Where a contract is broken: what the change does to callers, what it is, and why. */
  readonly change?: { readonly callers: string; readonly what: string; readonly why: string }
}

/** A problem as it travels in records, between steps and over HTTP. */
export interface ProblemFacts {
  readonly code: ProblemCode
  readonly detail: string
  readonly errors: readonly Finding[]
}

/**
 * A refusal: a code, what was found, what is allowed, what to do. Thrown by rules, steps and routers alike, and
 * turned into an RFC 9457 document at the door. It never holds a stack, a file path or an ARN.
 */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly errors: readonly Finding[]
  /** When it is worth trying again, in whole seconds, where that is known: the door says it in `Retry-After`. */
  retryAfterSeconds?: number
  /** The endpoint starts and has not taken the request: nothing of it was run, so it may be sent once more. */
  isStarting?: true

  /** The version that callers are to go to instead: the door says it in `Link`. */
  successor?: string

  constructor(code: ProblemCode, detail: string, errors: readonly Finding[] = []) {
    super(detail)
    this.code = code
    this.errors = errors
  }

  /** The same problem, worth trying again after so many seconds, rounded up; at least one. */
  after(seconds: number): this {
    this.retryAfterSeconds = Math.max(1, Math.ceil(seconds))
    return this
  }

  /** The same problem, of an endpoint that starts and took nothing of the request. */
  starting(): this {
    this.isStarting = true
    return this
  }

  /** The same problem, with the version to go to instead. */
  succeededBy(version: string | undefined): this {
    if (version !== undefined) this.successor = version
    return this
  }

  get status(): number {
    return problemPages[this.code].status
  }

  get facts(): ProblemFacts {
    return { code: this.code, detail: this.message, errors: this.errors }
  }

  static of(facts: ProblemFacts): Problem {
    return new Problem(facts.code, facts.detail, facts.errors)
  }
}

/** True for a Problem of any realm (test files each have their own). */
export function isProblem(error: unknown): error is Problem {
  return Error.isError(error) && error.name === 'Problem' && 'code' in error
}

/** The `type` of a problem document: resolves to its page in the docs, and `sluice explain CODE` prints it offline. */
export function problemType(code: ProblemCode): string {
  return `urn:sluice:problem:${code}`
}

/** A problem as RFC 9457 `application/problem+json`, with an `error` string for clients that look for one. */
export function problemDocument(problem: Problem, requestId: string, instance: string) {
  const { title, status } = problemPages[problem.code]
  return {
    type: problemType(problem.code),
    title,
    status,
    detail: problem.message,
    instance,
    code: problem.code,
    requestId,
    errors: problem.errors.map(({ pointer, found, allowed, line, column, offBy, change }) => ({
      pointer,
      found,
      allowed,
      ...(line !== undefined && { line }),
      ...(column !== undefined && { column }),
      ...(offBy !== undefined && { offBy }),
      ...(change !== undefined && { change }),
    })),
    error: problem.message,
  }
}

/**
 * How a value that was found is shown in a sentence: much like JSON, short, on one line. Never more than the beginning
 * of a large value is looked at, however deep it nests, and numbers that JSON does not know keep their names.
 */
export function shown(value: unknown): string {
  const line = brief(value, 3).replaceAll(/\p{Cc}/gu, ' ')
  // Half of a surrogate pair, written so or cut here, is shown as the sign for what is no character.
  return (line.length > 60 ? `${line.slice(0, 57)}...` : line).toWellFormed()
}

function brief(value: unknown, levels: number): string {
  if (typeof value === 'string')
    return levels === 3 ? `'${value.slice(0, 80)}'` : JSON.stringify(value.slice(0, 80))
  if (typeof value !== 'object' || value === null) return String(value)
  if (levels === 0) return Array.isArray(value) ? '[...]' : '{...}'
  if (Array.isArray(value))
    return `[${value
      .slice(0, 60)
      .map((item) => brief(item, levels - 1))
      .join(',')}]`
  const members = Object.entries(value).slice(0, 10)
  return `{${members.map(([key, item]) => `${JSON.stringify(key.slice(0, 80))}:${brief(item, levels - 1)}`).join(',')}}`
}

/** `a, b or c`: the allowed values of a small set, as a sentence has them. */
export function oneOf(values: readonly string[]): string {
  return values.length < 2
    ? values.join('')
    : `${values.slice(0, -1).join(', ')} or ${values[values.length - 1]}`
}

/** `1 entry`, `2 entries`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
