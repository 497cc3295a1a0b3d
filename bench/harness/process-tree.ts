import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * Processor time that a process and everything it started have used so far, in microseconds (Linux: /proc, 100 ticks a
 * second). What ended and was waited for is in its parent's account.
 */
export function processorMicroseconds(pid: number): number {
  return familyOf(pid).reduce((sum, { ticks }) => sum + ticks, 0) * 10_000
}

/** Wait until a process and everything it started do next to nothing. @throws Error where that takes two minutes */
export async function atRest(pid: number): Promise<void> {
  const deadline = performance.now() + 120_000
  for (let used = Number.POSITIVE_INFINITY; used > 20_000; ) {
    const before = processorMicroseconds(pid)
    await pause(250)
    used = processorMicroseconds(pid) - before
    if (performance.now() > deadline) throw new Error(`process ${pid} does not come to rest`)
  }
}

/** Megabytes in memory. */
export interface Memory {
  readonly rss: number
  /** As rss, with every shared page divided among those who share it. */
  readonly pss: number
}

/** The memory of a process and of everything it started. */
export function memoryOf(pid: number): Memory {
  const rollups = familyOf(pid).map((one) => readFileSync(`/proc/${one.pid}/smaps_rollup`, 'utf8'))
  const sum = (field: RegExp) =>
    rollups.reduce((total, text) => total + Number(field.exec(text)?.[1] ?? 0), 0) / 1024
  return { rss: sum(/^Rss:\s+(\d+)/m), pss: sum(/^Pss:\s+(\d+)/m) }
}

interface Process {
  readonly pid: number
  readonly parent: number
  /** User and system, its own and of its children that were waited for. */
  readonly ticks: number
}

function familyOf(pid: number): Process[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => processOf(Number(name)))
    .filter((one) => one !== undefined)
  const below = (parent: Process): Process[] => [
    parent,
    ...all.filter((one) => one.parent === parent.pid).flatMap(below),
  ]
  return all.filter((one) => one.pid === pid).flatMap(below)
}

/** @returns undefined where it has ended since the listing */
function processOf(pid: number): Process | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
    return { pid, parent: Number(fields[1]), ticks }
  } catch {
    return undefined
  }
}
