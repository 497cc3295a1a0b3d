/** Nobody waits for this any more. */
class Stopped extends Error {
  override readonly name = 'Stopped'
}

export function isStopped(error: unknown): boolean {
  return Error.isError(error) && error.name === 'Stopped'
}

/** Stop one thing when another is stopped. @returns what ends that */
export function follow(signal: AbortSignal, controller: AbortController): () => void {
  if (signal.aborted) {
    controller.abort()
    return () => {}
  }
  const abort = () => controller.abort()
  signal.addEventListener('abort', abort, { once: true })
  return () => signal.removeEventListener('abort', abort)
}

/** What work comes to, or that nobody waits for it any more, whichever is first. @throws Stopped */
export async function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // What nobody waits for may still fail.
  work.catch(() => {})
  if (signal.aborted) throw new Stopped('nobody waits for it')
  const stopped = Promise.withResolvers<never>()
  const stop = () => stopped.reject(new Stopped('nobody waits for it'))
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([work, stopped.promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/**
 * Do things at the same time. The first that fails stops the others, and what it says is thrown, once all have ended.
 */
export async function together<T>(
  tasks: readonly ((signal: AbortSignal) => Promise<T>)[],
  signal: AbortSignal,
): Promise<T[]> {
  const [only] = tasks
  if (tasks.length === 1 && only !== undefined) return [await only(signal)]
  const own = new AbortController()
  const unfollow = follow(signal, own)
  let failure: unknown
  try {
    const results = await Promise.allSettled(
      tasks.map((task) =>
        task(own.signal).catch((error: unknown) => {
          if (failure === undefined || (isStopped(failure) && !isStopped(error))) failure = error
          own.abort()
          throw error
        }),
      ),
    )
    if (failure !== undefined) throw failure
    return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  } finally {
    unfollow()
  }
}
