import { Problem, shown } from '../problem.ts'

/** A command has at most this many words, each of so many characters. */
export const mostWords = 64
export const longestWord = 1024

/** What only a shell gives a meaning to, outside of quotes. */
const shellOnly = /[$`|&;<>(){}*?~#!\\\n\r]/

/**
 * The words of a command written as one text: split at spaces, kept together by quotes. No shell ever reads it, so
 * that what only a shell would understand is refused rather than handed on as it stands.
 * @throws Problem `manifest-invalid`
 */
export function commandWords(text: string): string[] {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (const character of text) {
    if (quote !== '') {
      if (character === quote) quote = ''
      else word = `${word ?? ''}${character}`
    } else if (character === '"' || character === "'") {
      quote = character
      word ??= ''
    } else if (character === ' ' || character === '\t') {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (shellOnly.test(character)) {
      throw refused(text, `${shown(character)} means something to a shell only, and no shell reads it`)
    } else word = `${word ?? ''}${character}`
  }
  if (quote !== '') throw refused(text, `the quote ${quote} is not closed`)
  return word === undefined ? words : [...words, word]
}

/** @throws Problem `manifest-invalid` for words that no program can be started by */
export function checkedWords(words: readonly string[]): readonly string[] {
  const [program = ''] = words
  if (program === '') throw refused(words.join(' '), 'it names no program')
  const odd = words.find((one) => one.length > longestWord || /\p{Cc}/u.test(one))
  if (odd !== undefined || words.length > mostWords)
    throw refused(
      words.join(' '),
      `it has at most ${mostWords} words of ${longestWord} characters, without control characters`,
    )
  return words
}

function refused(found: string, why: string): Problem {
  return new Problem(
    'manifest-invalid',
    `the command is ${shown(found)}, and ${why}; allowed are words and quotes, which no shell reads, or a list such as [sh, -c, "…"]`,
  )
}
