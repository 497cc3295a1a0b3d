/** Lines that Lambda itself writes between those of a server. */
const platformLine =
  /^(?:START|END|REPORT|INIT_START|INIT_REPORT|EXTENSION|TELEMETRY|RequestId:|\d{4}-\d\d-\d\dT\S+ (?:INFO|WARN|ERROR))\b/

/**
 * Why a server has ended, out of the end of its log: the last line that it wrote itself, without the paths in it.
 * @returns undefined where it wrote none
 */
export function reasonInLog(log: string): string | undefined {
  const lines = log.split('\n').map((line) => line.trim())
  const last = lines.findLast((line) => line !== '' && !platformLine.test(line))
  return last?.replaceAll(/(?:[A-Za-z]:)?[\\/][^\s:'"]*[\\/][^\s:'"]*|arn:\S+/g, '…').slice(0, 300)
}
