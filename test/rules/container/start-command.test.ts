import { describe, expect, test } from '@jest/globals'
import { checkedWords, commandWords } from '../../../lib/rules/container/start-command.ts'
import { refusal } from '../refusal.ts'

describe('a command that is written as one text', () => {
  test.each<[string, readonly string[]]>([
    ['serve', ['serve']],
    ['  python3  -m\tserver --port=5000 ', ['python3', '-m', 'server', '--port=5000']],
    [`sh -c 'exec "$0" | tee x' ""`, ['sh', '-c', 'exec "$0" | tee x', '']],
    [`--name="two words"after`, ['--name=two wordsafter']],
  ])('%j is these words', (text, words) => {
    expect(commandWords(text)).toEqual(words)
  })

  test.each([
    'a | b',
    'a; b',
    'a && b',
    'a > /etc/passwd',
    'echo $HOME',
    'echo `id`',
    'a \\ b',
    'ls *',
    'cd ~',
    'a\nb',
    '(a)',
  ])('%j is refused: only a shell would understand it', (text) => {
    expect(refusal(() => commandWords(text)).message).toMatch(/means something to a shell only/)
  })

  test('is refused where a quote is not closed', () => {
    expect(refusal(() => commandWords(`sh -c 'a`)).message).toMatch(/the quote ' is not closed/)
  })
})

test.each<[string, readonly string[], RegExp]>([
  ['no word', [], /names no program/],
  ['an empty one first', ['', 'a'], /names no program/],
  ['too many', Array.from({ length: 65 }, () => 'a'), /at most 64 words/],
  ['a control character', ['a', 'b\0'], /without control characters/],
  ['a word without end', ['a'.repeat(1025)], /of 1024 characters/],
])('%s is no command', (_, words, why) => {
  expect(refusal(() => checkedWords(words)).message).toMatch(why)
})
