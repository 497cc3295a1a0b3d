const signals = ['SIGINT', 'SIGTERM'] as const

/**
 * Do work that Ctrl+C stops in good order: the first signal aborts it, and when it has cleaned up, the process ends by
 * that signal; the second ends it at once.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  let received: NodeJS.Signals | undefined
  const interrupt = (name: NodeJS.Signals) => {
    received = name
    forget()
    stop.abort()
  }
  const forget = () => {
    for (const name of signals) process.off(name, interrupt)
  }
  for (const name of signals) process.on(name, interrupt)
  try {
    return await work(stop.signal)
  } finally {
    forget()
    if (received !== undefined) process.kill(process.pid, received)
  }
}
