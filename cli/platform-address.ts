import { Problem, shown } from '../lib/rules/problem.ts'

/** Where a platform answers, read from its URL. */
export interface PlatformAddress {
  readonly hostname: string
  /** A platform on AWS: its gateway wants every request signed. The laptop's wants none. */
  readonly deployed: boolean
  /** A name such as `a1b2c3d4.execute-api.localhost`, which Node leaves to resolvers that may not know it. */
  readonly underLocalhost: boolean
}

/**
 * Requests are signed wherever the platform is not on this machine, and where the name says that it is API Gateway:
 * `{api}.execute-api.localhost` is an emulator's.
 * @throws Problem `usage` for what is no URL, or would send a signed request in the clear
 */
export function platformAddress(text: string): PlatformAddress {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol) || `${url.username}${url.search}${url.hash}` !== '')
    throw new Problem(
      'usage',
      `the platform is ${shown(text)}; allowed is an address such as http://localhost:8080 or https://API.execute-api.REGION.amazonaws.com`,
    )
  const { hostname, protocol } = url
  const underLocalhost = hostname.endsWith('.localhost')
  const here =
    underLocalhost || hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname)
  const deployed = !here || /^[a-z0-9-]+\.execute-api\./.test(hostname)
  if (!here && protocol !== 'https:')
    throw new Problem(
      'usage',
      `the platform is ${shown(text)}; one that is not on this machine is spoken to over https:// only`,
    )
  return { hostname, deployed, underLocalhost }
}
