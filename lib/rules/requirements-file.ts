import { Problem } from './problem.ts'

/** One line of a requirements file that asks for a package. */
export interface Requirement {
  /** The line, joined and without its comment. */
  readonly text: string
  /** The package's name as PyPI compares names; '' where the line is a bare address. */
  readonly name: string
  /** `--hash` values: what the bytes must be. */
  readonly hashes: readonly string[]
}

/** A requirements file, read. */
export interface RequirementsFile {
  readonly requirements: readonly Requirement[]
  /** Lines that hold for the whole file, such as `--extra-index-url ADDRESS`. */
  readonly options: readonly string[]
}

/**
 * Read a requirements file as far as Sluice must understand it; what each requirement means is left to the resolver.
 * @throws Problem `environment-failed` where a line leads to another file, which is not there when the model is served
 */
export function readRequirements(text: string): RequirementsFile {
  const lines = logicalLines(text)
  const leading = lines.find(({ text: line }) => leadsElsewhere(line))
  if (leading !== undefined)
    throw new Problem(
      'environment-failed',
      `line ${leading.number} of the requirements names a file or a folder of another machine; write the packages themselves, as NAME==VERSION`,
    )
  const [options, requirements] = [true, false].map((isOption) =>
    lines.filter(({ text: line }) => line.startsWith('-') === isOption).map(({ text: line }) => line),
  )
  return { options: options ?? [], requirements: (requirements ?? []).map(requirementOf) }
}

/** How many packages a lock names. */
export function lockedCount(lock: string): number {
  return lock.split('\n').filter((line) => /^[A-Za-z0-9]/.test(line)).length
}

/**
 * A lock in which the hashes that the requirements themselves name stand in place of those that the index tells: who
 * pinned the bytes gets these bytes or none.
 */
export function withOwnHashes(lock: string, { requirements }: RequirementsFile): string {
  const own = new Map(
    requirements.filter(({ hashes }) => hashes.length > 0).map((one) => [one.name, one.hashes]),
  )
  const entries = lock.split(/\n(?=\S)/).map((entry) => {
    const hashes = own.get(packageName(entry))
    if (hashes === undefined) return entry
    const head = entry.split(/ \\\n|\n/, 1)[0] ?? ''
    const ending = entry.endsWith('\n') ? '\n' : ''
    return [head, ...hashes.map((hash) => `    --hash=${hash}`)].join(' \\\n') + ending
  })
  return entries.join('\n')
}

/** Lines joined where they end in a backslash, without comments, each with the number of its first. */
function logicalLines(text: string): { readonly number: number; readonly text: string }[] {
  const lines: { number: number; text: string }[] = []
  let open: { number: number; text: string } | undefined
  for (const [i, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const line = { number: open?.number ?? i + 1, text: `${open?.text ?? ''}${raw}` }
    open = line.text.endsWith('\\') ? { ...line, text: line.text.slice(0, -1) } : undefined
    if (open === undefined) lines.push(line)
  }
  if (open !== undefined) lines.push(open)
  return lines
    .map(({ number, text: line }) => ({ number, text: line.replace(/(?:^|\s)#.*$/, '').trim() }))
    .filter(({ text: line }) => line !== '')
}

function leadsElsewhere(line: string): boolean {
  return (
    /^(?:-r|-c|-e|--requirements?|--constraints?|--editable)(?:[\s=]|$)/.test(line) ||
    /^-[rce]\S/.test(line) ||
    /^(?:\.|\/|~|\\|[A-Za-z]:\\)/.test(line) ||
    /^(?:[^@]*@\s*)?file:/.test(line) ||
    /^[^\s/:;@]+\.(?:whl|zip|tar\.gz)$/.test(line)
  )
}

function requirementOf(line: string): Requirement {
  return {
    text: line,
    name: packageName(line),
    hashes: [...line.matchAll(/\s--hash[=\s]\s*(\S+)/g)].map(([, hash]) => hash ?? ''),
  }
}

function packageName(line: string): string {
  const [name] = /^[A-Za-z0-9][A-Za-z0-9._-]*(?![A-Za-z0-9._:/-])/.exec(line) ?? ['']
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-')
}
