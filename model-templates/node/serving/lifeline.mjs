/**
 * The end of standard input is the end of the process: whoever started it has gone. A thread of its own looks, since a
 * prediction that hangs keeps the other one from hearing it.
 */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

const watching = `
const { Socket } = require('node:net')
const { parentPort } = require('node:worker_threads')
function end() {
  parentPort.postMessage('gone')
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), 200)
}
try {
  new Socket({ fd: 0, readable: true, writable: false }).on('error', end).on('end', end).on('close', end).resume()
} catch {
  end()
}
parentPort.postMessage('watching')`

export async function holdLifeline(exit) {
  const watcher = new Worker(watching, { eval: true })
  watcher.on('message', (message) => message === 'gone' && exit(0))
  watcher.unref()
  await once(watcher, 'online')
}
