/** Numbers as people read them: short, of a steady width, and nothing where nothing is known. */
export const unknown = '–'

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

/** `1,204`. */
export function count(value: number): string {
  return whole.format(value)
}

/** `9,999`, `12.4k`, `1.2M`. */
export function short(value: number): string {
  if (value < 10_000) return count(value)
  return value < 1_000_000 ? `${(value / 1000).toFixed(1)}k` : `${(value / 1_000_000).toFixed(1)}M`
}

/** One or many: `1 model`, `2 models`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

/** The share of calls that failed; nothing where there was none. */
export function errorRate({ requests, failed }: { requests: number; failed: number }): string {
  if (requests === 0) return unknown
  return percent(failed / requests)
}

/** `0 %`, `0.4 %`, `12 %`: a share that is not nothing is never shown as nothing. */
export function percent(share: number): string {
  const value = share * 100
  if (value === 0) return '0 %'
  if (value < 0.1) return '< 0.1 %'
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} %`
}

/** `0.8 ms`, `12 ms`, `1.3 s`. */
export function milliseconds(value: number | undefined | null): string {
  if (value === undefined || value === null) return unknown
  if (value >= 1000) return `${(value / 1000).toFixed(1)} s`
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`
}

/** `12 / s`, `7 / min`: calls in a unit that makes them a number worth reading. */
export function rate(perSecond: number): string {
  if (perSecond === 0) return 'quiet'
  if (perSecond >= 10) return `${short(perSecond)} / s`
  if (perSecond >= 1) return `${perSecond.toFixed(1)} / s`
  return `${(perSecond * 60).toFixed(perSecond * 60 < 10 ? 1 : 0)} / min`
}

/** `3.2 MB`. */
export function bytes(value: number | undefined): string {
  if (value === undefined) return unknown
  const units = ['B', 'kB', 'MB', 'GB']
  let [rest, unit] = [value, 0]
  while (rest >= 1000 && unit < units.length - 1) [rest, unit] = [rest / 1000, unit + 1]
  return `${unit === 0 || rest >= 100 ? rest.toFixed(0) : rest.toFixed(1)} ${units[unit]}`
}

/** `just now`, `4 min ago`, `3 h ago`, `12 days ago`. @param at RFC 3339 */
export function ago(at: string | undefined, nowMs: number): string {
  if (at === undefined) return unknown
  const seconds = Math.max(0, (nowMs - Date.parse(at)) / 1000)
  if (seconds < 10) return 'just now'
  if (seconds < 60) return `${Math.floor(seconds)} s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h ago`
  return `${Math.floor(seconds / 86_400)} days ago`
}

/** `2026-03-01 14:05:09`, in the time of whoever reads it. */
export function moment(at: string | undefined): string {
  if (at === undefined) return unknown
  const time = new Date(at)
  const two = (value: number) => String(value).padStart(2, '0')
  return (
    `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ` +
    `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
  )
}

/** `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
}

/** `$0.42`, `$167.90`; what is less than a cent is no sum that anybody pays: `< $0.01`. */
export function dollars(usd: number): string {
  if (usd === 0) return '$0'
  return usd < 0.01 ? '< $0.01' : `$${usd.toFixed(2)}`
}
