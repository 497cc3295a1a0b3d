import type { IncomingMessage } from 'node:http'
import { Problem } from '../lib/rules/problem.ts'

const localHosts = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * A web page must not reach what listens on this machine: neither through a name of its own that points here (`Host`),
 * nor by sending a form across sites (`Origin`). @throws Problem `host-refused`, `http-malformed`
 */
export function refuseStrangers({ headers: { host = '', origin }, rawHeaders }: IncomingMessage): void {
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.length === 4 && /^host$/i.test(name))
  if (hosts.length > 1)
    throw new Problem('http-malformed', 'the request has several Host headers; allowed is one')
  if (!isLocal(host)) throw new Problem('host-refused', 'the Host header names another machine than this one')
  if (origin !== undefined && !isLocal(origin.replace(/^https?:\/\//, '')))
    throw new Problem('host-refused', 'the request comes from a page of another site')
}

function isLocal(host: string): boolean {
  return localHosts.has(host.replace(/:\d+$/, '').toLowerCase())
}
