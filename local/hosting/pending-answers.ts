import { setTimeout as pause } from 'node:timers/promises'
import { AnswerBroken, Overdue, ServerGone, ServerHung } from './server-faults.ts'
import type { ServerProcess } from './server-process.ts'

interface Asked {
  readonly name: string
  readonly since: number
  readonly leave: (error: Error) => void
}

/** How long the death of a process is awaited that has broken off an answer, in milliseconds. */
const deathNoticedMs = 500
/** An engine takes its time to tell that a container has ended. */
const containerDeathNoticedMs = 3000

/** Who waits for an answer of a model server, and since when. */
export class PendingAnswers {
  readonly #asked = new Set<Asked>()
  #answeredAt = 0

  /** The models that an answer is waited for. */
  names(): ReadonlySet<string> {
    return new Set([...this.#asked].map(({ name }) => name))
  }

  /** How long nothing was said to those who wait, in milliseconds; 0 where nobody does. */
  get silentForMs(): number {
    const [oldest] = this.#asked
    return oldest === undefined ? 0 : performance.now() - Math.max(this.#answeredAt, oldest.since)
  }

  /** Tell those who wait that they wait in vain, each for its reason; undefined: it goes on waiting. */
  tell(errorFor: (name: string) => Error | undefined): void {
    for (const { name, leave } of this.#asked) {
      const error = errorFor(name)
      if (error !== undefined) leave(error)
    }
  }

  /**
   * Wait for an answer as long as the process lives, nobody is told otherwise, and it is in time; a process that is not in
   * time is ended. @throws ServerHung, ServerGone, AnswerBroken, and what `tell` was given
   */
  async wait<T>(name: string, server: ServerProcess, timeoutMs: number, answer: Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>()
    const asked = { name, since: performance.now(), leave: reject }
    this.#asked.add(asked)
    const timer = setTimeout(() => {
      if (server.answersMany && this.#answeredAt > asked.since)
        return reject(new Overdue(`no answer within ${timeoutMs} ms`))
      server.kill(`it did not answer within ${timeoutMs / 1000} s`)
      reject(new ServerHung(`no answer within ${timeoutMs} ms; the process was ended`))
    }, timeoutMs)
    try {
      const said = await Promise.race([answer, promise])
      this.#answeredAt = performance.now()
      return said
    } catch (error) {
      // The connection broke: mostly the process is about to be found dead, which says more.
      if (isOfConnection(error))
        return await Promise.race([promise, goneAfter(server), brokenAfter(server, error)])
      throw error
    } finally {
      clearTimeout(timer)
      this.#asked.delete(asked)
    }
  }
}

function isOfConnection(error: unknown): boolean {
  return Error.isError(error) && 'code' in error
}

async function goneAfter(server: ServerProcess): Promise<never> {
  await server.ended
  throw new ServerGone('the model server went away')
}

async function brokenAfter({ answersMany }: ServerProcess, cause: unknown): Promise<never> {
  await pause(answersMany ? containerDeathNoticedMs : deathNoticedMs, undefined, { ref: false })
  throw new AnswerBroken('the model server broke off its answer', { cause })
}
