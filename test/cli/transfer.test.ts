import { stripVTControlCharacters } from 'node:util'
import { afterEach, expect, jest, test } from '@jest/globals'
import { Talk } from '../../cli/terminal/talk.ts'
import { transfer } from '../../cli/terminal/transfer.ts'

/** What a transfer of 200 bytes, in five pieces over five seconds, writes on standard error. */
function written(talk: Talk): string {
  let text = ''
  jest.spyOn(process.stderr, 'write').mockImplementation((part) => {
    text += part
    return true
  })
  jest.useFakeTimers()
  const shown = transfer(talk, 200)
  for (let piece = 0; piece < 5; piece += 1) {
    jest.advanceTimersByTime(1000)
    shown.moved(40)
  }
  jest.advanceTimersByTime(1000)
  shown.end()
  return stripVTControlCharacters(text)
}
afterEach(() => {
  jest.useRealTimers()
  jest.restoreAllMocks()
})

test('is one line on a terminal, drawn anew: how far, how much, how fast', () => {
  const lines = written(Object.assign(new Talk(false), { live: true })).split('\r')
  expect(lines.join('')).not.toContain('\n')
  expect(lines[1]).toMatch(/░{20} {3}0 % · 0 bytes of 200 bytes · 0 bytes\/s/)
  expect(lines).toContainEqual(
    expect.stringMatching(/█{12}░{8} {2}60 % · 120 bytes of 200 bytes · \d+ bytes\/s/),
  )
  // What is still waited for when all has arrived does not slow it down.
  expect(lines.at(-2)).toMatch(/█{20} 100 % · 200 bytes of 200 bytes · 40 bytes\/s/)
  expect(lines.at(-1)).toBe('')
})

test('is a line for each tenth elsewhere, and nothing with --json', () => {
  const plain = written(Object.assign(new Talk(false), { live: false }))
  expect(plain.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^ {2}20 % · 40 bytes of 200 bytes · 40 bytes\/s$/),
    expect.stringMatching(/^ {2}40 % · 80 bytes/),
    expect.stringMatching(/^ {2}60 % · 120 bytes/),
    expect.stringMatching(/^ {2}80 % · 160 bytes/),
    expect.stringMatching(/^ {2}100 % · 200 bytes of 200 bytes · 40 bytes\/s$/),
  ])
  jest.useRealTimers()
  expect(written(new Talk(true))).toBe('')
})
