/**
 * Where recorded calls lie: in partitions by model, version, date and hour (UTC, of the time they were written), as
 * Athena, DuckDB, Spark and their like find them, as lines of JSON.
 */
export const capturesPrefix = 'captures/'
/** What could not be laid down there, as Firehose tells it: read by people alone. */
export const failedCapturesPrefix = 'captures-failed/'
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

/**
 * Where the same lies by Firehose's spelling: out of what a line says of itself, so that one that is delivered late
 * lies where it belongs. A partition that is written to counts against 500 of a stream: as many versions at once.
 */
export const partitionQuery = {
  keys: '{model:.model,version:.version,date:.at[0:10],hour:.at[11:13]}',
  prefix: ['model', 'version', 'date', 'hour']
    .map((key) => `${key}=!{partitionKeyFromQuery:${key}}/`)
    .join(''),
} as const

/** A line of the log in which a turn of monitoring tells what it came to. @param of what there was some of */
export function monitoredLines(...of: readonly ('raised' | 'givenUp')[]): string {
  const some = of.map((name) => `($.${name} > 0)`).join(' || ')
  return `{ ($.monitored IS TRUE) && ${of.length > 1 ? `(${some})` : some} }`
}

/** What no other line of the router's log has together, as CloudWatch Logs asks for it. */
export const capturedLines =
  '{ ($.at = "*") && ($.requestId = "*") && ($.row >= 0) && ($.model = "*") && ($.version = "*") && ($.variant = "*") }'

/** How a line of the log begins to tell that a call was to be recorded, and is not. */
export const notRecorded = 'not recorded'
/** Those lines, and the errors that Firehose tells of its deliveries in the same log. */
export const lostCaptureLines = `{ ($.message = "*${notRecorded}*") || ($.deliveryStreamARN = "*") }`
