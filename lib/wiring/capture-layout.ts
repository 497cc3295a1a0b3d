/**
 * Where recorded calls lie: in partitions by model, version, date and hour (UTC, of the time they were written), as
 * Athena, DuckDB, Spark and their like find them, as lines of JSON.
 */
export const capturesPrefix = 'captures/'
export const monitoringPrefix = 'monitoring/'

export const hourMs = 3_600_000

/** @returns such as `model=churn/version=1.4.0/` */
export function versionPartition(model: string, version: string): string {
  return `model=${model}/version=${version}/`
}

/** @returns such as `model=churn/version=1.4.0/date=2026-03-01/hour=09/` */
export function hourPartition(model: string, version: string, atMs: number): string {
  const at = new Date(atMs).toISOString()
  return `${versionPartition(model, version)}date=${at.slice(0, 10)}/hour=${at.slice(11, 13)}/`
}

/** The start of the hour that a key lies in, in milliseconds since the epoch; undefined where it lies in none. */
export function hourOf(key: string): number | undefined {
  const [, date, hour] = /\/date=(\d{4}-\d\d-\d\d)\/hour=(\d\d)\//.exec(`/${key}`) ?? []
  const at = Date.parse(`${date}T${hour}:00:00Z`)
  return Number.isNaN(at) ? undefined : at
}

/** A record may be written so long after its call came: calls take their time, and deliveries theirs. */
export const lateMs = 60 * 60_000
