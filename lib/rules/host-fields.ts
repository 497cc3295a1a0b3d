import type { Manifest } from './manifest.ts'
import type { Finding } from './problem.ts'

type Host = Manifest['host']

/** Fields that mean something to another host only. */
export function belongingTo(host: Host, fields: readonly (keyof Host)[], other: Host['kind']): Finding[] {
  return fields.flatMap((field) =>
    unless(host[field] === undefined, field, host[field], `nothing: it belongs to host ${other}`),
  )
}

/** A finding about a field of `host`, where it is not as it must be. */
export function unless(fine: boolean, field: string, found: unknown, allowed: string): Finding[] {
  const shownValue = typeof found === 'object' ? JSON.stringify(found) : String(found)
  return fine ? [] : [{ pointer: `/host/${field}`, found: shownValue, allowed }]
}
