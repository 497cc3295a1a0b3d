import { stripVTControlCharacters } from 'node:util'

/** A terminal that is drawn on as a whole. */
export interface Screen {
  /** Aborted when somebody leaves: by q, or Ctrl+C. */
  readonly left: AbortSignal
  /** How many lines it has now. */
  readonly lines: number
  /** Show this in place of what was there; what is too long or too much is cut off. */
  draw(text: string): void
}

const esc = '\u001b'
const enter = `${esc}[?1049h${esc}[?25l`
const leave = `${esc}[?25h${esc}[?1049l`
const home = `${esc}[H`
const toLineEnd = `${esc}[K`
const toEnd = `${esc}[J`

/** Work on a whole screen; what stood on the terminal before stands there again afterwards, however the work ends. */
export async function fullScreen(work: (screen: Screen) => Promise<void>): Promise<void> {
  const { stdin, stdout } = process
  const left = new AbortController()
  const onKey = (key: Buffer) => {
    if (['q', '\u0003'].includes(key.toString())) left.abort()
  }
  const onSignal = () => left.abort()
  if (stdin.isTTY) stdin.setRawMode(true).on('data', onKey)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal)
  stdout.write(enter)
  try {
    await work({
      left: left.signal,
      get lines() {
        return stdout.rows || 24
      },
      draw(text) {
        const lines = text
          .split('\n')
          .slice(0, stdout.rows || 24)
          .map((line) => `${cut(line, stdout.columns || 80)}${toLineEnd}`)
        stdout.write(`${home}${lines.join('\n')}${toEnd}`)
      },
    })
  } finally {
    stdout.write(leave)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal)
    if (stdin.isTTY) stdin.off('data', onKey).setRawMode(false).pause()
  }
}

/** A line that is too long loses its colours with its end. */
function cut(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line)
  return plain.length > columns ? plain.slice(0, columns) : line
}
