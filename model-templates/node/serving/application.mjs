/** The HTTP of the server: /ping and /invocations. */
import { BadRequest } from './columns.mjs'

const manyRequests = 'application/x-ndjson'

/** Answers 503 to a ping until it is given its predictor. */
export class Application {
  predictor
  /** Takes nothing new: connections end with their answers. */
  ending = false

  answer(request, response) {
    const [path] = request.url.split('?')
    const asked = `${request.method} ${path}`
    if (asked === 'GET /ping') return this.#send(response, this.predictor === undefined ? 503 : 200, {})
    if (asked !== 'POST /invocations')
      return this.#send(response, 404, { error: 'there is nothing at this path' })
    this.#invoke(request, response).catch(() => response.destroy())
  }

  async #invoke(request, response) {
    const text = await textOf(request)
    if (this.predictor === undefined)
      return this.#send(response, 503, { error: 'the model is not loaded yet' })
    if (!request.headers['content-type']?.toLowerCase().startsWith(manyRequests)) {
      const { status = 200, ...body } = await this.#answerTo(text)
      return this.#send(response, status, body)
    }
    const lines = text.split('\n').filter((line) => line.trim() !== '')
    const answers = await Promise.all(lines.map((line) => this.#answerTo(line)))
    const said = answers.map((answer) => `${JSON.stringify(answer)}\n`).join('')
    this.#sendText(response, 200, said, manyRequests)
  }

  /** The answer to one canonical request: {predictions}, or {error, status}. */
  async #answerTo(text) {
    try {
      return { predictions: await this.predictor.predict(inputsOf(text)) }
    } catch (error) {
      const status = error instanceof BadRequest ? 400 : 500
      return { error: this.predictor.reasonOf(error), status }
    }
  }

  #send(response, status, body) {
    this.#sendText(response, status, JSON.stringify(body), 'application/json')
  }

  #sendText(response, status, text, type) {
    response.writeHead(status, {
      'content-type': type,
      'content-length': Buffer.byteLength(text),
      ...(this.ending && { connection: 'close' }),
    })
    response.end(text)
  }
}

function inputsOf(text) {
  try {
    return JSON.parse(text)?.inputs
  } catch (error) {
    throw new BadRequest(`the request is no JSON: ${error.message}`)
  }
}

async function textOf(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
