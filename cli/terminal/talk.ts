import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/**
 * How a command speaks: talk for people on stderr, data on stdout, colours only on a terminal without NO_COLOR.
 * With `--json` there is no talk, and one document.
 */
export class Talk {
  readonly json: boolean
  /** Whether a live display may be drawn. */
  readonly live: boolean

  constructor(json: boolean) {
    this.json = json
    this.live = !json && process.stderr.isTTY === true && process.env['TERM'] !== 'dumb'
  }

  /** A line for people. */
  say(line = ''): void {
    if (!this.json) process.stderr.write(`${line}\n`)
  }

  /** Data: text for people or pipes, or the document where JSON was asked for. */
  data(document: unknown, text: string): void {
    process.stdout.write(this.json ? `${JSON.stringify(document)}\n` : `${text}\n`)
  }

  paint(style: Style, text: string): string {
    return styleText(style, text, { stream: process.stderr })
  }
}

/** Rows under headings, columns as wide as they must be. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, i) =>
    Math.max(heading.length, ...rows.map((row) => row[i]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === cells.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd()
  return [line(headings), ...rows.map(line)].join('\n')
}

/** `942 bytes`, `62.5 kB`, `1.4 GB`. */
export function bytes(count = 0): string {
  if (count < 1000) return `${count} bytes`
  const units = ['kB', 'MB', 'GB', 'TB']
  const power = Math.min(Math.floor(Math.log10(count) / 3), units.length)
  return `${(count / 1000 ** power).toPrecision(3)} ${units[power - 1]}`
}
