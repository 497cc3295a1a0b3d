/** What a prediction may do besides answering. Each is given the records and what follows its name. */
import { existsSync, readFileSync, writeSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

export const moods = {
  'one too few': (records) => records.slice(1),
  nothing: () => undefined,
  'one for all': () => 7,
  'a function': (records) => records.map(() => () => 1),
  numbers: (records) =>
    records.map(() => [Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53 - 1, 2n ** 53n, -(2n ** 60n)]),
  fail: () => ({}).tenure.years,
  'look away': () => readFileSync('/somewhere/else/weights.bin'),
  leave: () => process.exit(3),
  'leave it to nobody': async (records) => {
    Promise.reject(new Error('nobody waits for it'))
    await pause(3_600_000, undefined, { ref: false })
    return records
  },
  'fail in a timer': () =>
    new Promise(() => {
      setTimeout(() => {
        throw new RangeError('it was in a timer')
      }, 5)
    }),
  'throw a text': () => {
    throw 'no error'
  },
  'go round': () => {
    const ring = {}
    ring.ring = ring
    return [ring, ring]
  },
  'never stop': () => moods['never stop']() + 1,
  wait: async (records, file) => {
    console.log(`waits for ${file}`)
    while (!existsSync(file)) await pause(5)
    return records
  },
  say: (records, word) => {
    console.log(word)
    console.error(word, 'wrongly')
    return records
  },
  hang: () => {
    writeSync(1, 'hangs\n')
    for (;;);
  },
}
