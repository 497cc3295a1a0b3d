/** Lines that Lambda itself writes between those of a server. */
const platformLine =
  /^(?:START|END|REPORT|INIT_START|INIT_REPORT|EXTENSION|TELEMETRY|RequestId:|\d{4}-\d\d-\d\dT\S+ (?:INFO|WARN|ERROR))\b/

/** How our own servers begin the line in which they say why they end. */
const ownLine = /^the model cannot be loaded/

/** How they tell where a model is that loads for long. */
const stillLine = /^the model still loads after \d+ s: (.+)$/

/** How Python tells of a crash of native code: what it was, and the stack below it, the innermost call first. */
const crashLine = /^Fatal Python error: (.+)$/
const frameLine = /^File "(.+)", line (\d+) in /
/** Files that nobody brought: of Python, of its packages and of our server. */
const notBrought = /[\\/](?:site-packages|lib[\\/]python3\.\d+|sluice_serving)[\\/]/

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
  const lines = linesOf(log)
  const crash = crashIn(lines)
  if (crash !== undefined) return crash
  const own = lines.findLast((line) => ownLine.test(line))
  const last = own ?? lines.findLast((line) => line !== '' && !platformLine.test(line))
  return last === undefined ? undefined : withMend(withoutPlaces(last))
}

/** Where a model is that loads for long, as its server told it; undefined where it did not. */
export function stillLoadingAt(log: string): string | undefined {
  const told = linesOf(log).findLast((line) => stillLine.test(line))
  return told && stillLine.exec(told)?.[1]
}

/** A crash by the line of the artifact that led to it: `predict.py line 4: Segmentation fault`. */
function crashIn(lines: readonly string[]): string | undefined {
  const at = lines.findLastIndex((line) => crashLine.test(line))
  if (at < 0) return undefined
  const [, what] = crashLine.exec(lines[at] ?? '') ?? []
  const frames = lines.slice(at).flatMap((line) => {
    const [, file, number] = frameLine.exec(line) ?? []
    return file === undefined || notBrought.test(file)
      ? []
      : `${file.replace(/^.*[\\/]/, '')} line ${number}: `
  })
  return `${frames[0] ?? ''}${what}`
}

function linesOf(log: string): string[] {
  return log.split('\n').map((line) => line.trim())
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
