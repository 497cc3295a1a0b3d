import { Problem } from '../problem.ts'
import { withoutPlaces } from '../server-log.ts'

const again = "look at the platform's network, and push again"

/** By the code that npm gives: what it means, from the lines that follow. */
const meanings: readonly (readonly [code: RegExp, told: (text: string) => string])[] = [
  [
    /^E404$/,
    (text) =>
      `the registry has no package ${quoted(/resource '([^']+)'/.exec(text)?.[1])}, or does not show it to you: look at its name in package.json`,
  ],
  [
    /^ETARGET$/,
    (text) =>
      `there is no such version: ${quoted(/No matching version found for (\S+?)\.?$/m.exec(text)?.[1])}; ask for one that is there`,
  ],
  [
    /^ERESOLVE$/,
    (text) => `no packages fit together: ${conflictIn(text)}; change one of them in package.json`,
  ],
  [
    /^EINTEGRITY$/,
    (text) =>
      `what the registry has is not what its integrity in the lock says${packageIn(text)}; nothing was installed`,
  ],
  [
    /^E40[13]$|^ENEEDAUTH$/,
    () => 'the registry wants to know who asks: log in to it with npm login, and push again',
  ],
  [
    /^EBADPLATFORM$/,
    (text) =>
      `a package is not for this machine: ${/Unsupported platform for (\S+?):/.exec(text)?.[1] ?? 'npm does not say which'}`,
  ],
  [/^ENOTCACHED$/, () => 'the packages are not all on this machine, and npm is told to stay off the network'],
  [
    /^(?:ECONN\w+|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|FETCH_ERROR|E5\d\d)$/,
    (text) => `the registry of packages cannot be reached (${codeIn(text)}): ${again}`,
  ],
]

/**
 * What it means that npm did not do what it was asked, without the addresses and paths that it tells.
 * @param stderr what it wrote
 * @returns a Problem `environment-failed`, or the system's error where the disk is full
 */
export function refusalOfNpm(stderr: string): Error {
  const text = stderr
    .split('\n')
    .flatMap((line) => /^npm (?:error|ERR!) ?(.*)$/.exec(line)?.[1] ?? [])
    .join('\n')
  const code = codeIn(text)
  if (code === 'ENOSPC' || /no space left on device/i.test(stderr))
    return Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
  const meaning = meanings.find(([known]) => known.test(code))?.[1]
  const lines = (text === '' ? stderr : text).split('\n')
  const first = lines.find((line) => line.trim() !== '' && !line.startsWith('code ')) ?? 'npm gave no reason'
  return new Problem('environment-failed', forPeople(meaning?.(text) ?? `npm: ${first}`))
}

function codeIn(text: string): string {
  return /^code (\S+)$/m.exec(text)?.[1] ?? ''
}

function quoted(name: string | undefined): string {
  return name === undefined ? 'that is asked for' : `'${name}'`
}

function packageIn(text: string): string {
  const [, file] = /\/([\w.-]+\.tgz)/.exec(text) ?? []
  return file === undefined ? '' : ` (${file})`
}

/** npm tells what it found, and whose wish it cannot fulfil then. */
function conflictIn(text: string): string {
  const [, found] = /^Found: (\S+)$/m.exec(text) ?? []
  const [, peer, by] = /^\s*peer (\S+) from (\S+)$/m.exec(text) ?? []
  if (found === undefined || peer === undefined) return 'npm does not say which'
  return `${by} needs ${peer.replaceAll('"', '')}, and ${found} is asked for`
}

/** An address may hold a password, and names a host either way. */
function forPeople(reason: string): string {
  return withoutPlaces(reason.replaceAll(/[a-z][a-z0-9+.-]*:\/\/[^\s'"`)]*[^\s'"`):;,.]/gi, '…'))
}
