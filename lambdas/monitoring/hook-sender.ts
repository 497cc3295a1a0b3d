import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { Agent, request } from 'undici'
import { hookUrlFault, isLoopback, isPublicAddress } from '../../lib/rules/monitoring/hook-url.ts'
import type { HookAnswer, Webhooks } from '../monitoring-ports.ts'

const patienceMs = 10_000

/**
 * Tells URLs over the network.
 * @param reach `anywhere` of a laptop, whose user reaches no more by it than without; `public` of a platform that stands in a
 * network with machines that nobody outside reaches: then the address that is connected to is one that was looked at
 * @param resolve how names are looked up
 */
export class HookSender implements Webhooks {
  readonly #isGuarded: boolean
  readonly #agent: Agent

  constructor(reach: 'anywhere' | 'public', resolve = lookup) {
    this.#isGuarded = reach === 'public'
    const guard = this.#isGuarded ? { lookup: publicOnly(resolve) } : {}
    this.#agent = new Agent({ connect: { ...guard, timeout: patienceMs }, connections: 4 })
  }

  async post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<HookAnswer> {
    const fault = this.#faultOf(url)
    if (fault !== undefined) return { fault }
    try {
      const answer = await request(url, {
        ...{ method: 'POST', headers, body, dispatcher: this.#agent },
        signal: AbortSignal.timeout(patienceMs),
      })
      // Only whether it was heard counts: what is said beside it is let go unread.
      answer.body.on('error', () => {}).destroy()
      return { status: answer.statusCode }
    } catch (error) {
      return { fault: told(error) }
    }
  }

  #faultOf(url: string): string | undefined {
    const fault = hookUrlFault(url)
    if (fault !== undefined || !this.#isGuarded) return fault
    const { protocol, hostname } = new URL(url)
    if (protocol !== 'https:' || isLoopback({ hostname }))
      return 'a deployed platform tells https URLs of other machines'
    // An address in place of a name is connected to without a look-up.
    const bare = hostname.replace(/^\[|\]$/g, '')
    const isAddress = bare.includes(':') || /^[\d.]+$/.test(bare)
    return isAddress && !isPublicAddress(bare) ? inner(bare) : undefined
  }
}

/** Look a name up, and take it only where everything that it stands for is outside. */
function publicOnly(resolve: typeof lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '')
      const odd = addresses.find(({ address }) => !isPublicAddress(address))
      const [first] = addresses
      if (odd !== undefined || first === undefined)
        return callback(new Error(inner(odd?.address ?? hostname)), '')
      if (options.all === true) return callback(null, addresses)
      callback(null, first.address, first.family)
    })
  }
}

function inner(address: string): string {
  return `it leads to ${address}, which is no address of the internet`
}

function told(error: unknown): string {
  if (!Error.isError(error)) return 'there was no answer'
  if (error.name === 'TimeoutError') return `there was no answer within ${patienceMs / 1000} s`
  const [line = ''] = error.message.split('\n')
  return `there was no answer: ${line.slice(0, 200) || error.name}`
}
