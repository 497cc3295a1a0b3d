/** One instruction of a Dockerfile. */
export interface DockerfileStep {
  /** 1-based: where it begins. */
  readonly line: number
  readonly text: string
}

const hereDocument = /<<-?\s*(["']?)([A-Za-z_][A-Za-z0-9_]*)\1/g

/** The instructions of a Dockerfile in their order: what the builder counts as its steps. */
export function dockerfileSteps(text: string): DockerfileStep[] {
  const steps: DockerfileStep[] = []
  const lines = text.split(/\r\n|\n|\r/)
  const continues = /^#\s*escape\s*=\s*`\s*$/im.test(directivesOf(lines)) ? '`' : '\\'
  for (let at = 0; at < lines.length; at += 1) {
    const begins = at
    if (isNothing(lines[at])) continue
    let whole = ''
    for (;;) {
      const part = (lines[at] ?? '').trimEnd()
      const goesOn = part.endsWith(continues)
      if (!isNothing(part)) whole += `${goesOn ? part.slice(0, -1) : part} `
      // A comment in the middle of an instruction does not end it.
      if (at + 1 >= lines.length || !(goesOn || (isNothing(part) && begins !== at))) break
      at += 1
    }
    for (const [, , end] of whole.matchAll(hereDocument)) {
      do at += 1
      while (at < lines.length && lines[at]?.trim() !== end)
    }
    steps.push({ line: begins + 1, text: whole.replaceAll(/\s+/g, ' ').trim() })
  }
  return steps
}

function isNothing(line = ''): boolean {
  return /^\s*(?:#|$)/.test(line)
}

/** Parser directives stand before everything else. */
function directivesOf(lines: readonly string[]): string {
  const end = lines.findIndex((line) => !line.startsWith('#'))
  return lines.slice(0, end < 0 ? lines.length : end).join('\n')
}
