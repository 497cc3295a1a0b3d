import { pointerTo } from './json-pointer.ts'
import { type Finding, shown } from './problem.ts'

/**
 * Compare an answer with the one expected: the same structure and the same strings, numbers within the tolerance,
 * which is absolute for expected values up to 1 and relative above.
 * @returns every difference, up to `most`
 */
export function differences(expected: unknown, found: unknown, tolerance: number, most = 20): Finding[] {
  const findings: Finding[] = []
  const compare = (want: unknown, got: unknown, pointer: string): void => {
    if (findings.length >= most) return
    if (typeof want === 'number' && typeof got === 'number') {
      const off = Math.abs(want - got)
      if (!(off <= tolerance * Math.max(1, Math.abs(want))))
        findings.push({
          pointer,
          found: `${got}`,
          allowed: `${want} ± ${tolerance} (off by ${off.toPrecision(3)})`,
        })
    } else if (Array.isArray(want) && Array.isArray(got) && want.length === got.length)
      for (const [i, item] of want.entries()) compare(item, got[i], `${pointer}/${i}`)
    else if (isObject(want) && isObject(got))
      for (const key of new Set([...Object.keys(want), ...Object.keys(got)]))
        compare(want[key], got[key], `${pointer}${pointerTo([key])}`)
    else if (want !== got) findings.push({ pointer, found: shown(got), allowed: shown(want) })
  }
  compare(expected, found, '')
  return findings
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
