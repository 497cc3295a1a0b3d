/** Lines that Lambda itself writes between those of a server. */
const platformLine =
  /^(?:START|END|REPORT|INIT_START|INIT_REPORT|EXTENSION|TELEMETRY|RequestId:|\d{4}-\d\d-\d\dT\S+ (?:INFO|WARN|ERROR))\b/

/** How our own servers begin the line in which they say why they end. */
const ownLine = /^the model cannot be loaded/

/** Whether a log holds the line in which one of our own servers says why it cannot load its model. */
export function saysWhy(log: string): boolean {
  return log.split('\n').some((line) => ownLine.test(line.trim()))
}

/**
 * Why a server has ended, out of the end of its log: what it says of its model, else the last line that it wrote
 * itself, `withoutPlaces` and `withMend`.
 * @returns undefined where it wrote none
 */
export function reasonInLog(log: string): string | undefined {
  const lines = log.split('\n').map((line) => line.trim())
  const own = lines.findLast((line) => ownLine.test(line))
  const last = own ?? lines.findLast((line) => line !== '' && !platformLine.test(line))
  return last === undefined ? undefined : withMend(withoutPlaces(last))
}

/** A reason for people: without paths and without the names of accounts, resources and image registries. */
export function withoutPlaces(reason: string): string {
  return reason
    .replaceAll(/arn:\S+|\d{12}\.dkr\S+|(?:[A-Za-z]:)?[\\/][^\s:'"]*[\\/][^\s:'"]*/g, '…')
    .slice(0, 300)
}

/** How programs say, in each language, that there was no network or no name server. */
const networkWanted =
  /name resolution|Name or service not known|Network is unreachable|ENETUNREACH|EAI_AGAIN|ENOTFOUND|UnknownHostException|[Cc]ould not resolve host|cannot resolve|Max retries exceeded with url|No route to host/

/** What a server said of its model's fault, and the mend where its words show that it asked for the network. */
export function withMend(reason: string): string {
  return networkWanted.test(reason)
    ? `${reason}; it asked for the network, which a model does without: put what it fetches into the artifact`
    : reason
}
