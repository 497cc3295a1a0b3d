import { loadavg } from 'node:os'
import { plain } from './figures.ts'

/** Progress, where a person watches and a pipe does not. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** A flag's value. @throws Error where it is no whole number from `least` on */
export function wholeNumber(flag: string, text: string, least = 1): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least) return value
  throw new Error(`${flag} is '${text}', and allowed is a whole number from ${least}`)
}

/** How busy the machine is, on average over a minute: what is measured on a busy one is noise. */
export function machineLoad(): number {
  return loadavg()[0] ?? Number.NaN
}

/** How busy the machine was, as a line. */
export function loadLine({ before, after }: { readonly before: number; readonly after: number }): string {
  return `load of the machine (1 minute) before ${plain(before)}, after ${plain(after)}`
}
