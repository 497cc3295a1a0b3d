import { Problem } from '../problem.ts'
import { withoutPlaces } from '../server-log.ts'

/**
 * What it means that uv did not do what it was asked: its own reason, without the addresses, paths and names of
 * package indexes that it tells.
 * @param stderr what it wrote
 * @param serverNeeds the requirements of our own server, which the people who read this did not write
 * @returns a Problem `environment-failed`, or the system's error where the disk is full
 */
export function refusalOfUv(stderr: string, serverNeeds: readonly string[] = []): Error {
  if (/os error 28|No space left on device/.test(stderr))
    return Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
  const { error, causes, hints } = partsOf(stderr)
  const otherwise = [error, causes[0] ?? ''].filter(Boolean).join(': ') || 'uv gave no reason'
  const told =
    unsolved(error, causes, hints, serverNeeds) ??
    forPeople(unbuilt(error, causes) ?? unfetched(error, causes) ?? otherwise)
  return new Problem('environment-failed', told)
}

interface Parts {
  readonly error: string
  /** From the outermost to the root, each on one line. */
  readonly causes: readonly string[]
  readonly hints: readonly string[]
}

/** uv tells an error, its causes one below the other with what belongs to each indented, and hints. */
function partsOf(stderr: string): Parts {
  const parts = { error: '', causes: [] as string[], hints: [] as string[] }
  let add: ((text: string) => void) | undefined
  for (const line of stderr.split('\n')) {
    const [, kind, text] = /^\s*(error|cause|hint): (.*)$/i.exec(line) ?? []
    if (text === undefined) {
      if (/^\s+\S/.test(line)) add?.(line.trim())
      continue
    }
    if (kind === 'error') parts.error = text
    const list = kind === 'hint' ? parts.hints : parts.causes
    if (kind !== 'error') list.push(text)
    const at = list.length - 1
    add =
      kind === 'error'
        ? undefined
        : (more) => {
            list[at] = `${list[at]}\n${more}`
          }
  }
  return parts
}

function unsolved(
  error: string,
  causes: readonly string[],
  hints: readonly string[],
  serverNeeds: readonly string[],
): string | undefined {
  if (!error.startsWith('No solution found')) return undefined
  const [, unauthorised] = /authentication credentials \((.*?)\)/.exec(hints.join('\n')) ?? []
  if (unauthorised !== undefined) return `the package index wants to know who asks (${unauthorised})`
  if (/network was disabled/.test(hints.join('\n')))
    return 'the packages are not all on this machine, and the network is switched off'
  const why = forPeople(causes[0] ?? '')
    .replace(/^Because /, '')
    .replace(/,? we can conclude that your requirements are unsatisfiable\.?/, '')
  const ours = serverNeeds.filter((need) => why.includes(/^[\w.-]+/.exec(need)?.[0] ?? need))
  const note = ours.length > 0 ? [`Sluice's own server needs ${ours.join(', ')}`] : []
  return [`no packages fit the requirements: ${why}`, ...hints.slice(0, 1).map(forPeople), ...note].join('; ')
}

function unbuilt(error: string, causes: readonly string[]): string | undefined {
  const [, built] = /^Failed to (?:download and )?build `?([^\s`]+)/.exec(error) ?? []
  if (built === undefined || !causes.some((cause) => /build backend|build_wheel|get_requires/.test(cause)))
    return undefined
  const last = causes.join('\n').split('\n').at(-1)
  return `${built} has no wheel for this Python and platform, and building it failed: ${last}`
}

function unfetched(error: string, causes: readonly string[]): string | undefined {
  const all = [error, ...causes].join('\n')
  const [, mismatch] = /Hash mismatch for `([^`]+)`/.exec(all) ?? []
  if (mismatch !== undefined)
    return `what the package index has as ${mismatch} is not what its hashes in the lock say; nothing was installed`
  const [, status] = /HTTP status \w+ error \((.*?)\)/.exec(all) ?? []
  if (status !== undefined) return `the package index answered ${status}`
  if (/dns error|\(Connect\)|error sending request|timed out|[Nn]etwork|connection/.test(all))
    return `the package index cannot be reached: ${causes.at(-1) ?? error}; look at the platform's network, and push again`
  const [, unread] = /^Couldn't parse requirement.*$/.test(error) ? ['', causes[0] ?? ''] : []
  if (unread === undefined) return undefined
  return `the requirements cannot be read: ${unread.replaceAll('\n', ' ').replaceAll(/\s*\^+/g, '')}`
}

/** An address may hold a password, and names a host either way. */
function forPeople(reason: string): string {
  const plain = reason
    .replaceAll(/(?:for url )?\(?[a-z][a-z0-9+.-]*:\/\/[^\s'"`)]*[^\s'"`):;,.]\)?/gi, '…')
    .replaceAll('\n', ' ')
    .replaceAll(/\s+/g, ' ')
  return withoutPlaces(plain).trim()
}
