import type { HistoryPage } from '../lib/rules/history.ts'
import type { Finding } from '../lib/rules/problem.ts'
import { base } from './platform.ts'

/** What the API answered where it did not do what was asked. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly code: string
  readonly findings: readonly Finding[]

  constructor(status: number, code: string, detail: string, findings: readonly Finding[] = []) {
    super(detail)
    this.status = status
    this.code = code
    this.findings = findings
  }
}

const keyPlace = 'sluice-key'

/** The key or token that this tab calls with. It is kept until the tab is closed, and sent to this platform alone. */
export const ownKey = {
  read: (): string | undefined => sessionStorage.getItem(keyPlace) ?? undefined,
  keep: (key: string) => sessionStorage.setItem(keyPlace, key),
  forget: () => sessionStorage.removeItem(keyPlace),
}

export interface Asking {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  /** Sent as JSON. */
  readonly body?: unknown
  readonly accept?: string
  readonly signal?: AbortSignal
}

/** Ask the API, and have the response as it comes. @throws Refusal; `unreachable` where nobody answers */
export async function ask(
  path: string,
  { method = 'GET', body, accept, signal }: Asking = {},
): Promise<Response> {
  const key = ownKey.read()
  const response = await fetch(base + path, {
    method,
    headers: {
      ...(accept !== undefined && { Accept: accept }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...(key !== undefined && { Authorization: `Bearer ${key}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
  }).catch((error) => {
    if (signal?.aborted === true) throw error
    throw new Refusal(0, 'unreachable', 'The platform does not answer.')
  })
  if (!response.ok) throw await refusalOf(response)
  return response
}

/** Ask the API for a document. @throws Refusal */
export async function read<Document>(path: string, asking: Asking = {}): Promise<Document> {
  return (await ask(path, asking)).json() as Promise<Document>
}

async function refusalOf(response: Response): Promise<Refusal> {
  const told = (await response.json().catch(() => ({}))) as {
    code?: string
    detail?: string
    errors?: readonly Finding[]
  }
  return new Refusal(
    response.status,
    told.code ?? `http-${response.status}`,
    told.detail ?? `The platform answered ${response.status}.`,
    told.errors ?? [],
  )
}

/** Entries of a history, however many pages they are. @throws Refusal */
export async function readHistory<Document extends { readonly entries: readonly unknown[] }>(
  path: string,
): Promise<Document> {
  const entries: unknown[] = []
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page: HistoryPage = await read(after === 0 ? path : `${path}&after=${after}`)
    entries.push(...page.entries)
    after = page.next
  }
  return { entries } as unknown as Document
}
