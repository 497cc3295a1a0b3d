import { type LookupOptions, lookup } from 'node:dns'
import { Agent } from 'undici'

/** Makes `fetch` take any name under `.localhost` for this machine (RFC 6761), as browsers and curl do. */
export const throughLocalhost: object = {
  dispatcher: new Agent({
    connect: {
      lookup: (_name, options, found) => lookup('localhost', options as LookupOptions, found as never),
    },
  }),
}
