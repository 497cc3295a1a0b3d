/** One metric of `Server-Timing`, as a bar of a waterfall. */
export interface TraceBar {
  readonly name: string
  /** What was asked: `churn 1.4.2`. */
  readonly what?: string
  readonly startMs: number
  readonly tookMs: number
}

/**
 * A call as its answer's `Server-Timing` tells it: what the platform itself took, what the model, and of a graph each
 * of its nodes. @returns nothing where the header is none of ours
 */
export function callTrace(header: string | null): TraceBar[] {
  const metrics = partsOf(header ?? '', ',').flatMap((text) => {
    const [name = '', ...parameters] = partsOf(text, ';')
    const of = (key: string) =>
      parameters
        .find((one) => one.startsWith(`${key}=`))
        ?.slice(key.length + 1)
        .replace(/^"(.*)"$/, '$1')
    const tookMs = Number(of('dur'))
    if (!/^(?:router|model|node-.+)$/.test(name) || !(tookMs >= 0)) return []
    return [{ name, what: of('desc'), tookMs, start: Number(of('start') ?? 0) }]
  })
  const router = metrics.find(({ name }) => name === 'router')
  return metrics.map(({ name, what, tookMs, start }) => ({
    name: name === 'router' ? 'Sluice' : name.replace(/^node-/, ''),
    ...(what !== undefined && { what }),
    // The router works before and after; drawn is all of it before.
    startMs: name === 'router' ? 0 : (router?.tookMs ?? 0) + start,
    tookMs,
  }))
}

/** The parts between separators, those in quotes aside. */
function partsOf(text: string, separator: ',' | ';'): string[] {
  const parts = text.match(separator === ',' ? /(?:[^,"]|"[^"]*")+/g : /(?:[^;"]|"[^"]*")+/g) ?? []
  return parts.map((part) => part.trim())
}
