import { readdirSync, readFileSync } from 'node:fs'

/** What a process and all that it has started take up. */
export interface GroupSize {
  readonly residentMb: number
  readonly processes: number
}

/** Measure a process and its descendants. @returns undefined where the system does not tell (only Linux does) */
export function groupSize(pid: number): GroupSize | undefined {
  try {
    return sizeOf(pid)
  } catch {
    return undefined
  }
}

function sizeOf(pid: number): GroupSize {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  const own = { residentMb: Number(kilobytes) / 1024, processes: 1 }
  return childrenOf(pid)
    .map((child) => groupSize(child) ?? { residentMb: 0, processes: 0 })
    .reduce(
      (sum, { residentMb, processes }) => ({
        residentMb: sum.residentMb + residentMb,
        processes: sum.processes + processes,
      }),
      own,
    )
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    (readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').match(/\d+/g) ?? []).map(Number),
  )
}
