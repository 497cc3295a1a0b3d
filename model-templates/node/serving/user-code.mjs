/** What the user's code does outside the call it was given: promises nobody waits for, errors of timers, ending the process. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { Readable } from 'node:stream'

const exit = process.exit.bind(process)

/** By what was begun on its behalf: how a call is told that something of it has failed. */
const calls = new AsyncLocalStorage()

/** Run code of the user: an error that it leaves to nobody fails this call, and no other. */
export function failsAlone(run) {
  const { promise: failed, reject } = Promise.withResolvers()
  failed.catch(() => {})
  return calls.run(reject, async () => Promise.race([run(), failed]))
}

process.on('unhandledRejection', blame)
process.on('uncaughtException', blame)

function blame(error) {
  const fail = calls.getStore()
  console.error(error)
  // Nobody knows what else is broken then.
  if (fail === undefined) exit(1)
  fail(error)
}

/** A process.exit() of the user's code is an error like any other. @returns what really ends the process */
export function throwOnExit() {
  process.exit = (code) => {
    throw new Error(`it called process.exit(${code ?? ''})`)
  }
  return exit
}

/** Standard input is the lifeline: nothing the model reads may take of it. */
export function withoutStdin() {
  Object.defineProperty(process, 'stdin', { value: Readable.from([]), configurable: true })
}
