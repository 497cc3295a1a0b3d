import { Problem } from '../problem.ts'
import { withoutPlaces } from '../server-log.ts'

/** What a server that is not ours has answered. */
interface ServerAnswer {
  readonly status: number
  readonly body: Uint8Array
}

/** Words of a server are looked for in so much of its answer, in bytes. */
const mostRead = 64 * 1024
/** Where servers say what is wrong: ours and OIP, most of them, RFC 9457 and FastAPI, RFC 9457. */
const members = ['error', 'message', 'detail', 'title'] as const

/** No request could be answered otherwise: whoever wrote the manifest has named another place than the server's. */
const misplaced = new Set([401, 403, 404, 405, 407])

/**
 * What an answer of a foreign server comes to for the caller, where it is none: it refuses the request (4xx), is asked
 * for too much (429), is not there yet (503), has not answered in time (408, 504), or has failed.
 * @param which the version, as a sentence names it
 */
export function refusalIn({ status, body }: ServerAnswer, which: string): Problem | undefined {
  if (status >= 200 && status < 300) return undefined
  const words = wordsIn(body)
  const said = words === undefined ? '' : `: ${words}`
  if (status === 429) return new Problem('model-busy', `${which} is asked for more than it answers${said}`)
  if (status === 503)
    return new Problem(
      'endpoint-unavailable',
      `the server of ${which} does not take requests now${said}`,
    ).after(1)
  if (status === 408 || status === 504)
    return new Problem(
      'model-timeout',
      `${which} has made no prediction in time, its server says (${status})${said}`,
    )
  if (misplaced.has(status))
    return new Problem(
      'model-failed',
      `the server of ${which} answers ${status} where predictions are asked for; container.predictEndpoint in its manifest says where that is${said}`,
    )
  if (status >= 400 && status < 500)
    return new Problem('request-invalid', `${which} refuses this request with ${status}${said}`)
  return new Problem('model-failed', `${which} failed on this request with ${status}${said}`)
}

/** What the server says of it, in one line and without places of its own. */
function wordsIn(body: Uint8Array): string | undefined {
  try {
    const said = JSON.parse(new TextDecoder().decode(body.subarray(0, mostRead))) as Record<string, unknown>
    const member = members.find((name) => said[name] !== undefined && said[name] !== null)
    if (member === undefined) return undefined
    const value = said[member]
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    const line = withoutPlaces(text.replaceAll(/\p{Cc}+/gu, ' ').trim())
    return line === '' ? undefined : line.toWellFormed()
  } catch {
    // A page for people, or bytes: nothing that fits a sentence.
    return undefined
  }
}
