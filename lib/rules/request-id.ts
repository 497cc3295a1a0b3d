/**
 * A request id that says when it was given: a UUID of version 7 (RFC 9562), made of a random one. What is told of a call
 * days later is found by it without looking through all calls.
 * @param atMs milliseconds since the epoch @param random a UUID of version 4
 */
export function timedRequestId(atMs: number, random: string): string {
  const time = Math.max(0, Math.floor(atMs)).toString(16).padStart(12, '0').slice(-12)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`
}

/** @returns when the platform gave an id, in milliseconds since the epoch; undefined for the id of a caller's own */
export function requestIdTime(id: string): number | undefined {
  const [, upper, lower] =
    /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.exec(id) ?? []
  return upper === undefined ? undefined : Number.parseInt(`${upper}${lower}`, 16)
}
