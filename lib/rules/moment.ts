import { z } from 'zod'
import { Problem, shown } from './problem.ts'

const time = z.iso.datetime({ offset: true })
const day = z.iso.date()
/** A `+` that nobody encoded in a query is read as a space. */
const lostPlus = / (?=\d\d:\d\d$)/

/**
 * Read a moment: a time as RFC 3339 has it, with its offset, or a date, which is the start of that day in UTC wherever
 * one asks from. @param name what it was given as. @returns milliseconds since the epoch
 * @throws Problem `request-malformed`
 */
export function parseMoment(text: string, name: string): number {
  const written = text.replace(lostPlus, '+')
  if (time.safeParse(written).success || day.safeParse(written).success) return Date.parse(written)
  throw new Problem(
    'request-malformed',
    `'${name}' is ${shown(text)}, and allowed is a time with its offset, such as 2026-03-01T10:00:00Z, or a date, 2026-03-01 (the start of that day, UTC)`,
  )
}

const units = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const
const agoText = /^(\d{1,6})\s?([smhdw]) ago$/

/** `2h ago`, counted in s, m, h, d or w back from now. @returns milliseconds since the epoch; undefined for any other text */
export function momentAgo(text: string, now: number): number | undefined {
  const [, count, unit] = agoText.exec(text) ?? []
  return count === undefined ? undefined : now - Number(count) * units[unit as keyof typeof units] * 1000
}
