/**
 * The server of the `onnx` runtime: plain Node and onnxruntime, the same file in a container and on a laptop.
 *
 * One model (a container): the model in MODEL_DIR answers POST /invocations on port 8080, and GET /ping says 200 once it
 * is loaded. If it cannot be loaded, one line of the log says why, and the process ends with 1.
 * Many models (a laptop): `--socket PATH` listens there, and models come and go by SageMaker's multi-model contract:
 * POST /models {model_name, url}, GET and DELETE /models/NAME, POST /models/NAME/invoke. The end of its standard input is
 * the end of the process: whoever started it has gone. SLUICE_DOING_FILE names a file that says which model is at work.
 *
 * A request is canonical JSON, `{"inputs": {"name": [one value a record, …]}}`; an answer is
 * `{"predictions": [one entry a record, …]}`: the bare value of a single output, an object by name of several.
 * Numbers that JSON cannot carry are null, integers beyond 2^53 are strings. Several requests may come together, as
 * application/x-ndjson, one a line: they are predicted at once, and answered by a line each, in order.
 */
import { once } from 'node:events'
import { openSync, writeSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'

// An app that only synthesizes may have been installed without it.
const { InferenceSession, Tensor } = await import('onnxruntime-node').catch(({ message }) => {
  console.error(
    'the model cannot be loaded: onnxruntime-node is missing or does not load; run `npm install onnxruntime-node` with ' +
      `ONNXRUNTIME_NODE_INSTALL=skip in the environment (${message})`,
  )
  process.exit(1)
})

// Since 1.29 onnxruntime reports to Microsoft, with the names in a model, unless it is told not to before it starts.
process.env.ORT_DISABLE_TELEMETRY ??= '1'

const typedArrays = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
}

const isNumber = (value) => typeof value === 'number'
/** 64-bit integers may come as strings of digits: JSON's numbers end at 2^53. */
const isBigInteger = (value) =>
  Number.isSafeInteger(value) || (typeof value === 'string' && /^-?\d{1,20}$/.test(value))
/** What an element is in JSON, where it is no plain number. */
const isElement = {
  string: (value) => typeof value === 'string',
  bool: (value) => typeof value === 'boolean',
  int64: isBigInteger,
  uint64: isBigInteger,
}

class BadRequest extends Error {}

/** A loaded model: its session, and how its inputs are laid out. */
class Model {
  constructor(name, session, url) {
    this.name = name
    this.session = session
    this.url = url
    this.inputs = session.inputMetadata
    this.oneAtATime = this.inputs.some(({ shape }) => shape[0] === 1)
  }

  static async load(name, url) {
    const files = await readdir(url, { recursive: true })
    const model = files.find((file) => file.endsWith('.onnx'))
    if (model === undefined) throw new Error('there is no .onnx file')
    const threads = Number(process.env.SLUICE_THREADS ?? availableParallelism())
    const options = { logSeverityLevel: 4, intraOpNumThreads: threads, interOpNumThreads: 1 }
    const session = await atWorkOn(name, () => InferenceSession.create(join(url, model), options))
    return new Model(name, session, url)
  }

  /** How many records a request holds. */
  recordsOf(columns) {
    const records = columns?.[this.inputs[0].name]?.length ?? 0
    for (const { name } of this.inputs)
      if (!Array.isArray(columns?.[name]) || columns[name].length !== records)
        throw new BadRequest(`input ${name} is missing`)
    return records
  }

  /** Several requests at once. What spoils one of them spoils no other: then each is predicted by itself. */
  async predictTogether(requests) {
    try {
      const sizes = requests.map((columns) => this.recordsOf(columns))
      const joined = Object.fromEntries(
        this.inputs.map(({ name }) => [name, requests.flatMap((columns) => columns[name])]),
      )
      const predictions = await this.predict(joined)
      let from = 0
      return sizes.map((size) => {
        from += size
        return { predictions: predictions.slice(from - size, from) }
      })
    } catch {
      return Promise.all(
        requests.map((columns) =>
          this.predict(columns).then(
            (predictions) => ({ predictions }),
            (error) => ({ error: reasonOf(error), status: statusOf(error) }),
          ),
        ),
      )
    }
  }

  async predict(columns) {
    const records = this.recordsOf(columns)
    if (!this.oneAtATime) return this.run(columns, records)
    const predictions = []
    for (let i = 0; i < records; i += 1) {
      const one = Object.fromEntries(this.inputs.map(({ name }) => [name, [columns[name][i]]]))
      predictions.push(...(await this.run(one, 1)))
    }
    return predictions
  }

  async run(columns, records) {
    const feeds = {}
    for (const input of this.inputs) feeds[input.name] = tensorOf(input, columns[input.name])
    const results = await atWorkOn(this.name, () => this.session.run(feeds))
    return predictionsOf(results, this.session.outputNames, records)
  }
}

/** The values of one input, one a record, as a dense tensor. */
function tensorOf({ name, type, shape }, values) {
  const rest = shape.slice(1).map((size) => (typeof size === 'number' && size > 0 ? size : undefined))
  const bare = rest.length === 0 || (rest.length === 1 && rest[0] === 1)
  const flat = bare ? values : []
  if (!bare) {
    let inner = values[0]
    for (let i = 0; i < rest.length; i += 1) {
      rest[i] ??= inner?.length
      inner = inner?.[0]
    }
    for (const value of values) flatten(value, rest, 0, flat, name)
  }
  if (!flat.every(isElement[type] ?? isNumber)) throw new BadRequest(`input ${name} is not all ${type}`)
  const dims = [values.length, ...rest]
  if (type === 'string') return new Tensor('string', flat, dims)
  const Elements = typedArrays[type]
  const isBig = Elements === BigInt64Array || Elements === BigUint64Array
  return new Tensor(type, isBig ? Elements.from(flat, BigInt) : Elements.from(flat), dims)
}

function flatten(value, sizes, level, into, name) {
  if (level === sizes.length) into.push(value)
  else if (!Array.isArray(value) || value.length !== sizes[level])
    throw new BadRequest(`input ${name} has lists of different lengths`)
  else for (const item of value) flatten(item, sizes, level + 1, into, name)
}

function predictionsOf(results, names, records) {
  const columns = names.map((name) => {
    const { dims, data, type } = results[name]
    if (dims[0] !== records) throw new Error(`output ${name} has ${dims[0]} entries for ${records} records`)
    const sizes = dims.length === 2 && dims[1] === 1 ? [] : dims.slice(1)
    const width = sizes.reduce((product, size) => product * size, 1)
    const element = elementReader(type)
    return Array.from({ length: records }, (_, record) => nested(data, record * width, sizes, 0, element))
  })
  if (names.length === 1) return columns[0]
  return Array.from({ length: records }, (_, record) => {
    const prediction = {}
    for (let i = 0; i < names.length; i += 1) prediction[names[i]] = columns[i][record]
    return prediction
  })
}

function nested(data, at, sizes, level, element) {
  if (level === sizes.length) return element(data[at])
  const step = sizes.slice(level + 1).reduce((product, size) => product * size, 1)
  return Array.from({ length: sizes[level] }, (_, i) =>
    nested(data, at + i * step, sizes, level + 1, element),
  )
}

function elementReader(type) {
  if (type === 'bool') return Boolean
  if (type === 'string') return String
  if (type === 'int64' || type === 'uint64')
    return (value) => (Number.isSafeInteger(Number(value)) ? Number(value) : String(value))
  return (value) => (Number.isFinite(value) ? value : null)
}

const models = new Map()
const manyRequests = 'application/x-ndjson'
const doing = process.env.SLUICE_DOING_FILE && openSync(process.env.SLUICE_DOING_FILE, 'w')
let done
/** Ends when the work that was begun last ends. */
let working = Promise.resolve()
let ending = false
const only = ''

async function answer(request, response) {
  const [path] = request.url.split('?')
  const [, collection, name, verb] = path.split('/').map(decodeURIComponent)
  if (request.method === 'GET' && path === '/ping') return send(response, models.has(only) ? 200 : 503, {})
  if (request.method === 'POST' && path === '/invocations') return invoke(only, request, response)
  if (collection !== 'models') return send(response, 404, { error: 'there is nothing at this path' })
  if (request.method === 'POST' && verb === 'invoke') return invoke(name, request, response)
  if (request.method === 'POST' && name === undefined) return load(await bodyOf(request), response)
  const model = models.get(name)
  if (model === undefined) return send(response, 404, { error: `model ${name} is not loaded` })
  if (request.method === 'DELETE') {
    models.delete(name)
    // What was begun with it is answered first.
    await atWorkOn(name, () => model.session.release())
    return send(response, 200, {})
  }
  return send(response, 200, { modelName: name, modelUrl: model.url })
}

async function load({ model_name: name, url }, response) {
  if (models.get(name)?.url === url) return send(response, 200, {})
  try {
    models.set(name, await Model.load(name, url))
    return send(response, 200, {})
  } catch (error) {
    return send(response, 500, { error: reasonOf(error) })
  }
}

async function invoke(name, request, response) {
  const model = models.get(name)
  if (model === undefined) return send(response, 404, { error: 'the model is not loaded' })
  try {
    const text = await textOf(request)
    if (!request.headers['content-type']?.startsWith(manyRequests))
      return send(response, 200, { predictions: await model.predict(JSON.parse(text).inputs) })
    const requests = text.split('\n').map((line) => JSON.parse(line).inputs)
    const lines = (await model.predictTogether(requests)).map((one) => JSON.stringify(one))
    return sendText(response, 200, lines.join('\n'), manyRequests)
  } catch (error) {
    return send(response, statusOf(error), { error: reasonOf(error) })
  }
}

/**
 * Work on one model after the other. onnxruntime begins what it is asked for in a later turn of the loop, and then blocks
 * the process: were two to wait for that, the name told last would be the wrong one.
 */
function atWorkOn(name, work) {
  const result = working.then(() => {
    tellDoing(name)
    return work()
  })
  working = result.catch(() => {})
  return result
}

/** Say which model is at work: where the process hangs or dies, its parent knows whom to blame. */
function tellDoing(name) {
  if (doing === undefined || name === done) return
  writeSync(doing, `${name}\n`, 0)
  done = name
}

async function bodyOf(request) {
  return JSON.parse(await textOf(request))
}

async function textOf(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

function send(response, status, body) {
  sendText(response, status, JSON.stringify(body), 'application/json')
}

function sendText(response, status, text, type) {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    ...(ending && { connection: 'close' }),
  })
  response.end(text)
}

function statusOf(error) {
  return error instanceof BadRequest ? 400 : 500
}

/** What went wrong, without the paths that onnxruntime's messages hold. */
function reasonOf(error) {
  const [line] = String(error?.message ?? error).split('\n')
  const [, status] = /Status Message: (.*)$/.exec(line) ?? []
  return (status ?? line).replaceAll(/(?:[A-Za-z]:)?[\\/][^\s:'"]*[\\/][^\s:'"]*/g, '…').slice(0, 300)
}

/** Load the one model that this process is for, or end: whoever started the container sees that it does not stay. */
async function loadOnly(url) {
  try {
    models.set(only, await Model.load(only, url))
  } catch (error) {
    console.error(`the model cannot be loaded: ${reasonOf(error)}`)
    process.exit(1)
  }
}

const socket = process.argv.includes('--socket')
  ? process.argv[process.argv.indexOf('--socket') + 1]
  : undefined
const server = createServer((request, response) => {
  answer(request, response).catch((error) => send(response, 500, { error: reasonOf(error) }))
})
server.keepAliveTimeout = 0
process.on('SIGTERM', () => {
  ending = true
  server.close(() => process.exit(0))
  server.closeIdleConnections()
})
server.listen(socket ?? Number(process.env.PORT ?? 8080))
if (socket === undefined) {
  await once(server, 'listening')
  await loadOnly(process.env.MODEL_DIR ?? '/opt/sluice/model')
} else {
  // The parent decides when to end, also at Ctrl+C; and when it is gone, nobody will ever ask again.
  process.on('SIGINT', () => {})
  process.stdin
    .on('end', () => process.exit(0))
    .on('error', () => process.exit(0))
    .resume()
  // A prediction that hangs keeps this thread from hearing it: another one looks whether the parent is still the same.
  const endOrphan = `
  const parent = process.ppid
  setInterval(() => process.ppid === parent || process.kill(process.pid, 'SIGKILL'), 1000)`
  new Worker(endOrphan, { eval: true }).unref()
}
