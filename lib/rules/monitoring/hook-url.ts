const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** Whether a URL leads to this machine itself. */
export function isLoopback({ hostname }: Pick<URL, 'hostname'>): boolean {
  return loopback.test(hostname)
}

/** What is wrong with a URL as one that is told of drift, as a manifest says it; undefined where nothing is. */
export function hookUrlFault(text: string): string | undefined {
  if (!URL.canParse(text)) return 'it is no URL'
  const url = new URL(text)
  if (url.username !== '' || url.password !== '')
    return 'it has a user or a password in it, and manifests are read by many'
  if (url.hash !== '') return 'it has a fragment, which is not sent'
  if (url.protocol === 'https:') return undefined
  if (url.protocol !== 'http:') return `${url.protocol.slice(0, -1)} is no way to tell it`
  return isLoopback(url)
    ? undefined
    : 'http is taken only where it leads to this machine (localhost, 127.0.0.1)'
}

/** The networks that are nobody's outside: private, of one link, of one machine, shared, reserved. First address and bits. */
const inner4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]

/**
 * Whether an address is one that anybody on the internet has: what stands in a manifest must not make a platform ask machines
 * that only it can reach. Of IPv6 what is not 2000::/3 is inner, and so is what carries an IPv4 address within it.
 * @param address as a resolver gives it @see RFC 6890 and the registries of special-purpose addresses
 */
export function isPublicAddress(address: string): boolean {
  const four = bits4(address)
  if (four !== undefined)
    return !inner4.some(([first, bits]) => four >>> (32 - bits) === (bits4(first) ?? 0) >>> (32 - bits))
  const groups = groups6(address)
  const [first = 0, second = 0] = groups ?? []
  if (groups === undefined || first >> 13 !== 1) return false
  // Teredo and 6to4 lead on to IPv4; 2001::/23 is for protocols, 2001:db8::/32 and 3fff::/20 for documents.
  if (first === 0x2002 || (first === 0x2001 && (second < 0x200 || second === 0xdb8))) return false
  return !(first === 0x3fff && second < 0x1000)
}

function bits4(address: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)?.slice(1).map(Number)
  if (parts === undefined || parts.some((part) => part > 255)) return undefined
  return parts.reduce((all, part) => ((all << 8) | part) >>> 0, 0)
}

/** The eight groups of an IPv6 address; undefined where it is none, or names a link. */
function groups6(address: string): number[] | undefined {
  const url = `http://[${address}]/`
  if (!/^[0-9a-f:.]+$/i.test(address) || !URL.canParse(url)) return undefined
  // What a URL makes of it has no dots in it, and at most one gap.
  const [before = '', after] = new URL(url).hostname.slice(1, -1).split('::')
  const left = before === '' ? [] : before.split(':')
  const right = after === undefined || after === '' ? [] : after.split(':')
  const gap = Array.from({ length: 8 - left.length - right.length }, () => '0')
  return [...left, ...gap, ...right].map((group) => Number.parseInt(group, 16))
}
