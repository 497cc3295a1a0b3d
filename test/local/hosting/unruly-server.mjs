/**
 * A model server that does what bad models do, when it is asked to: `{"inputs": {"do": ["hang"]}}`. What it does at its
 * start stands in the file `start` of its MODEL_DIR. Otherwise it keeps the contract, and answers with `x` as it came.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'

const start = readFileSync(join(process.env.MODEL_DIR, 'start'), 'utf8')

function hang() {
  for (;;);
}

const children = {
  /** Do not listen to SIGTERM, and one has a group of its own. */
  fork() {
    const stubborn = ['-c', 'trap "" TERM; while :; do sleep 1; done']
    return [false, false, true].map((detached) => spawn('sh', stubborn, { stdio: 'ignore', detached }).pid)
  },
  /** A hundred whose parent has ended: descendants of nobody. */
  bomb() {
    spawn('sh', ['-c', 'for i in $(seq 100); do sleep 600 & done'], { stdio: 'ignore' })
  },
  flood() {
    spawn('sh', ['-c', 'yes 0123456789012345678901234567890123456789'], {
      stdio: ['ignore', 'inherit', 'ignore'],
    })
  },
  dust() {
    spawn('sh', ['-c', 'yes ""'], { stdio: ['ignore', 'inherit', 'ignore'] })
  },
}

function eat() {
  const eaten = []
  setInterval(() => eaten.push(Buffer.alloc(20 << 20, 1)), 20)
}

const deeds = {
  hang,
  never() {},
  exit0: () => process.exit(0),
  exit1: () => process.exit(1),
  abort: () => process.abort(),
  killed: () => process.kill(process.pid, 'SIGKILL'),
  eat,
  close: (response) => response.socket.destroy(),
  'no-http': (response) => response.socket.end('%%% this is no HTTP\r\n\r\n'),
  half(response) {
    response.writeHead(200, { 'content-length': 1000 })
    response.write('{"predictions": [')
    setTimeout(() => response.socket.destroy(), 20)
  },
  stall(response) {
    response.writeHead(200, { 'content-length': 1000 })
    response.write('{"predictions": [')
  },
  huge(response) {
    response.writeHead(200)
    const chunk = Buffer.alloc(1 << 20, 32)
    const more = () => {
      while (!response.destroyed && response.write(chunk));
    }
    response.on('drain', more).on('error', () => {})
    more()
  },
  garbage: (response) => response.end('\u0000 no JSON'),
  say(response, { text }) {
    process.stdout.write(`${text[0]}\n`)
    response.end('{"predictions":[0]}')
  },
}

function invoke(text, many, response) {
  const requests = (many ? text.split('\n') : [text]).map((line) => JSON.parse(line).inputs)
  const wanted = requests.map((inputs) => inputs.do?.[0]).find((deed) => deed !== undefined)
  const asked = requests[0]
  if (wanted === 'few-lines') return response.end('{"predictions":[1]}')
  if (wanted === 'bad-lines') return response.end(requests.map(() => 'null, or so').join('\n'))
  if (wanted === 'slow') return setTimeout(() => response.end('{"predictions":[1]}'), 100)
  if (wanted === 'each') {
    const lines = requests.map(() => '{"predictions":[1]}').join('\n')
    return setTimeout(() => response.end(lines), 60 * requests.length)
  }
  if (children[wanted]) {
    const pids = children[wanted]() ?? []
    return response.end(JSON.stringify({ predictions: pids }))
  }
  if (deeds[wanted]) return deeds[wanted](response, asked)
  return response.end(requests.map(({ x }) => JSON.stringify({ predictions: x })).join('\n'))
}

async function answer(request, response) {
  if (request.method === 'GET') {
    if (start === 'no-ping') return
    response.writeHead(start === 'always-loading' ? 503 : 200).end()
    return
  }
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  invoke(Buffer.concat(chunks).toString(), request.headers['content-type'].includes('ndjson'), response)
}

if (start === 'spins') hang()
if (start === 'refuses') {
  console.error('the model cannot be loaded: it wants a thing called xgboost')
  process.exit(1)
}
if (start === 'exits') process.exit(0)
if (start === 'aborts') process.abort()
if (start !== 'silent') {
  const socket = process.argv[process.argv.indexOf('--socket') + 1]
  createServer(answer).listen(socket)
} else setInterval(() => {}, 1000)
process.stdin.on('end', () => process.exit(0)).resume()
