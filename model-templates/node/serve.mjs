/**
 * The server of the `node` runtime: node:http and nothing else, the same file in a container and on a laptop.
 *
 * The model in MODEL_DIR answers POST /invocations on port 8080 (PORT), or behind `--socket PATH`, and GET /ping says 200
 * once it is loaded. If it cannot be loaded, one line of the log says why, and the process ends with 1.
 */
import { rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { Application } from './serving/application.mjs'
import { holdLifeline } from './serving/lifeline.mjs'
import { loadPredictor } from './serving/predictor.mjs'
import { reasonOf } from './serving/reasons.mjs'
import { failsAlone, throwOnExit, withoutStdin } from './serving/user-code.mjs'

const modelDir = process.env.MODEL_DIR ?? '/opt/sluice/model'
const versionFile = process.env.VERSION_FILE ?? '/opt/sluice/version.json'
const packagesDir = process.env.PACKAGES_DIR ?? '/opt/sluice/packages'
const socket = process.argv.includes('--socket')
  ? process.argv[process.argv.indexOf('--socket') + 1]
  : undefined

const exit = throwOnExit()
const application = new Application()
const server = createServer((request, response) => application.answer(request, response))
// Who keeps a connection decides when to close it: a request may already be on its way.
server.keepAliveTimeout = 0

function drain() {
  application.ending = true
  server.close(() => exit(0))
  server.closeIdleConnections()
}

function listen() {
  if (socket === undefined) return server.listen(Number(process.env.PORT ?? 8080), '0.0.0.0')
  rmSync(socket, { force: true })
  // Nobody else on the machine asks.
  const before = process.umask(0o177)
  return server.listen(socket, () => process.umask(before))
}

process.on('SIGTERM', drain)
// On a laptop the parent decides when to end, also at Ctrl+C.
process.on('SIGINT', socket === undefined ? drain : () => {})
server.on('error', (error) => {
  console.error(`it cannot listen: ${reasonOf(error, modelDir)}`)
  exit(1)
})
listen().once('listening', async () => {
  if (socket !== undefined) {
    await holdLifeline(exit)
    withoutStdin()
  }
  try {
    application.predictor = await failsAlone(() => loadPredictor({ versionFile, modelDir, packagesDir }))
  } catch (error) {
    console.error(`the model cannot be loaded: ${reasonOf(error, modelDir)}`)
    exit(1)
  }
})
