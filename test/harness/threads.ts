import { Worker } from 'node:worker_threads'

/** One for each of the two cores that a small machine of a build has. */
export const threadCount = 2

/** A few threads that run one module, each with one piece of work at a time, handed to whichever is free. */
export class Threads<Work, Result> {
  readonly #workers: readonly Worker[]
  readonly #idle: Worker[]
  readonly #waiting: ((worker: Worker) => void)[] = []

  /** @param module answers each message, a piece of work, with one message, its result */
  constructor(module: URL, workerData?: unknown) {
    this.#workers = Array.from({ length: threadCount }, () => new Worker(module, { workerData }))
    this.#idle = [...this.#workers]
  }

  /** @throws Error what the module threw */
  async run(work: Work): Promise<Result> {
    const worker = this.#idle.shift() ?? (await new Promise<Worker>((resolve) => this.#waiting.push(resolve)))
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    worker.once('error', reject).once('message', (result: Result) => {
      worker.removeListener('error', reject)
      const next = this.#waiting.shift()
      if (next === undefined) this.#idle.push(worker)
      else next(worker)
      resolve(result)
    })
    worker.postMessage(work)
    return promise
  }

  /** Let the process end: the threads keep it up no longer. */
  release(): void {
    for (const worker of this.#workers) worker.unref()
  }
}
