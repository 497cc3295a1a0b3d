import { Problem } from '../lib/rules/problem.ts'
import { ownAccess } from '../local/own-access.ts'

/** Where a platform of this machine lives, unless it is told otherwise. */
export const usualHome = '.sluice'

/**
 * What the command shows a platform to say who calls: the key that was named, else, for a platform of this machine, the
 * one that its home remembers. A key goes to the address it was kept for, and to no other.
 * @param named what `--key` or SLUICE_API_KEY says @throws Problem `usage` for what no header can hold, unquoted
 */
export function credentialFor(url: string, named: string | undefined): string | undefined {
  const key = named?.trim() ?? ''
  if (key === '') return keyOfHome(url)
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new Problem('usage', 'the key holds a character that no key has; copy it again, as one word')
  return key
}

function keyOfHome(url: string): string | undefined {
  const own = ownAccess(process.env['SLUICE_HOME'] ?? usualHome)
  return own !== undefined && sameAddress(own.url, url) ? own.key : undefined
}

/** The names of this machine are one. */
function sameAddress(one: string, other: string): boolean {
  const [a, b] = [one, other].map((url) => URL.parse(url)?.origin.replace('//127.0.0.1', '//localhost'))
  return a !== undefined && a === b
}
