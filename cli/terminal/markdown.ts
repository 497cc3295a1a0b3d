/**
 * A text that somebody else wrote, as a piece of code in Markdown. It may come from a stranger's branch: nothing in it
 * is markup, a link or the mention of a person, and it stays in its cell of a table.
 */
export function markdownCode(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ').toWellFormed()
  const safe = line.replaceAll(/[^\p{L}\p{N} ,:._-]/gu, (character) => `&#${character.codePointAt(0)};`)
  return `<code>${safe}</code>`
}

export function markdownTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n')
}
