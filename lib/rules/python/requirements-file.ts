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

/** Read a requirements file that was checked (`python-requirements`); what each line means is left to the resolver. */
export function readRequirements(text: string): RequirementsFile {
  const lines = logicalLines(text).filter(({ text: line }) => line !== '')
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

/**
 * Lines as pip joins them, each with the number of its first: a backslash at the end goes on, unless in a comment; a # at
 * the beginning or after a space begins a comment.
 */
export function logicalLines(text: string): { readonly number: number; readonly text: string }[] {
  const lines: { number: number; text: string }[] = []
  let open: { number: number; text: string } | undefined
  for (const [i, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const goesOn = raw.endsWith('\\') && !/^\s*#/.test(raw)
    const part = goesOn ? raw.slice(0, -1) : raw
    open = { number: open?.number ?? i + 1, text: `${open?.text ?? ''}${part}` }
    if (goesOn) continue
    lines.push(open)
    open = undefined
  }
  if (open !== undefined) lines.push(open)
  return lines.map(({ number, text: line }) => ({ number, text: line.replace(/(?:^|\s)#.*$/, '').trim() }))
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
