import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import { z } from 'zod'
import { type EntryKind, entryKinds, type HistoryEntry } from '../../lib/rules/audit.ts'
import { didYouMean } from '../../lib/rules/did-you-mean.ts'
import { firstPage, fitsFilter, type HistoryPage, usualPage } from '../../lib/rules/history.ts'
import { type HistoryType, historyCsv, historyLines, historyTypes } from '../../lib/rules/history-export.ts'
import { type ServedThen, servedThen } from '../../lib/rules/history-served.ts'
import { parseMoment } from '../../lib/rules/moment.ts'
import { parseAlias, parseVersion } from '../../lib/rules/names.ts'
import { oneOf, Problem, shown } from '../../lib/rules/problem.ts'
import { findingSentence, schemaFindings } from '../../lib/rules/schema-findings.ts'
import type { Registry } from '../ports.ts'
import type { Door } from '../problem-answer.ts'

/** The query of `GET …/history`: a moment of the past, or which entries. */
const historyQuery = z.strictObject({
  at: z.string().optional(),
  alias: z.string().optional(),
  since: z.string().optional(),
  until: z.string().optional(),
  version: z.string().optional(),
  kind: z.string().optional(),
  after: z.string().optional(),
  limit: z.string().optional(),
})
type HistoryQuery = z.output<typeof historyQuery>
const querySchema = z.toJSONSchema(historyQuery) as object

/** The most entries that one answer may be asked for. */
const mostEntries = 10_000

/** `GET /models/{model}/history`, in whichever type is accepted. @throws Problem `request-malformed`, `not-acceptable` */
export async function historyAnswer(
  registry: Registry,
  model: string,
  context: Context<Door>,
): Promise<Response> {
  const query = queryOf(context.req.queries())
  const type = acceptedType(context)
  if (query.at !== undefined) {
    if (type !== 'application/json')
      throw new Problem(
        'not-acceptable',
        `what was served at a moment is application/json only; ask without 'at' for entries as ${type}`,
      )
    return context.json(await past(registry, model, query.at, query))
  }
  const page = await entriesAsked(registry, model, query)
  const headers: Record<string, string> =
    page.next === undefined ? {} : { Link: `<${nextPage(model, query, page.next)}>; rel="next"` }
  if (type === 'application/json') return context.json(page, 200, headers)
  // A page that goes on from another has no header, so that pages can be put behind one another.
  const text =
    type === 'text/csv' ? historyCsv(page.entries, query.after === undefined) : historyLines(page.entries)
  return context.body(text, 200, { ...headers, 'Content-Type': `${type}; charset=utf-8` })
}

function past(registry: Registry, model: string, at: string, query: HistoryQuery): Promise<ServedThen> {
  const { at: _, alias, ...others } = query
  const [other] = Object.keys(others)
  if (other !== undefined)
    throw new Problem(
      'request-malformed',
      `'${other}' stands beside 'at', and beside a moment only 'alias' is allowed; ask with 'since' and 'until' for entries`,
    )
  const moment = parseMoment(at, 'at')
  const asked = alias === undefined ? undefined : parseAlias(alias)
  return registry.history(model).then((entries) => servedThen(model, entries, moment, asked))
}

async function entriesAsked(registry: Registry, model: string, query: HistoryQuery): Promise<HistoryPage> {
  const filter = {
    alias: query.alias && parseAlias(query.alias),
    version: query.version && parseVersion(query.version),
    kinds: query.kind === undefined ? undefined : query.kind.split(',').map(kindOf),
    since: query.since === undefined ? undefined : parseMoment(query.since, 'since'),
    until: query.until === undefined ? undefined : parseMoment(query.until, 'until'),
  }
  if (filter.since !== undefined && filter.until !== undefined && filter.since >= filter.until)
    throw new Problem('request-malformed', `'until' is not after 'since', so that no entry could lie between`)
  const limit = wholeNumber(query.limit, 'limit', 1, mostEntries) ?? usualPage
  const after = wholeNumber(query.after, 'after', 0, Number.MAX_SAFE_INTEGER) ?? 0
  const entries: readonly HistoryEntry[] = await registry.history(model, after)
  return firstPage(
    entries.filter((entry) => fitsFilter(entry, filter)),
    limit,
  )
}

/** @throws Problem `request-malformed` where a name is unknown, stands there twice, or is empty */
function queryOf(queries: Readonly<Record<string, readonly string[]>>): HistoryQuery {
  const twice = Object.keys(queries).find((name) => (queries[name]?.length ?? 0) > 1)
  if (twice !== undefined)
    throw new Problem('request-malformed', `${shown(twice)} stands in the query twice, and allowed is once`)
  const given = Object.fromEntries(Object.entries(queries).map(([name, [value = '']]) => [name, value]))
  const read = historyQuery.safeParse(given, { reportInput: true })
  if (!read.success) {
    const errors = schemaFindings(read.error.issues, querySchema)
    const [first] = errors
    throw new Problem(
      'request-malformed',
      first === undefined ? 'the query is malformed' : findingSentence(first, 'the query'),
      errors,
    )
  }
  const empty = Object.keys(given).find((name) => given[name] === '')
  if (empty !== undefined)
    throw new Problem('request-malformed', `'${empty}' is empty; leave it out, or fill it`)
  return read.data
}

function kindOf(text: string): EntryKind {
  const kind = entryKinds.find((one) => one === text)
  if (kind === undefined)
    throw new Problem(
      'request-malformed',
      `'kind' is ${shown(text)}${didYouMean(text, entryKinds)}; allowed are ${oneOf(entryKinds)}, or several with commas between`,
    )
  return kind
}

function wholeNumber(text: string | undefined, name: string, least: number, most: number) {
  if (text === undefined) return undefined
  const number = Number(text)
  if (!/^\d{1,16}$/.test(text) || number < least || number > most)
    throw new Problem(
      'request-malformed',
      `'${name}' is ${shown(text)}, and allowed is a whole number from ${least} to ${most}`,
    )
  return number
}

function nextPage(model: string, query: HistoryQuery, next: number): string {
  return `/models/${model}/history?${new URLSearchParams({ ...(query as Record<string, string>), after: `${next}` })}`
}

/** @throws Problem `not-acceptable` */
function acceptedType(context: Context<Door>): HistoryType {
  const asked = context.req.header('accept')
  if (asked === undefined) return 'application/json'
  const type = accepts(context, {
    header: 'Accept',
    supports: [...historyTypes, 'application/x-ndjson', 'application/*', '*/*'],
    default: 'none',
  })
  if (type === 'none')
    throw new Problem(
      'not-acceptable',
      `a history cannot be written as ${shown(asked)}; allowed are ${historyTypes.join(', ')}`,
    )
  if (type === 'application/x-ndjson') return 'application/jsonlines'
  return historyTypes.find((one) => one === type) ?? 'application/json'
}
