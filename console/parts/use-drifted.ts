import { useEffect, useState } from 'preact/hooks'
import { read } from '../api.ts'
import type { ModelSummary } from '../view/model-rows.ts'

interface Model {
  readonly versions: readonly {
    readonly version: string
    readonly drift?: { readonly columns: readonly string[] }
  }[]
}

const freshMs = 60_000
const known = new Map<string, { readonly at: number; readonly columns: readonly string[] }>()

/** Which of the models that are recorded have drifted, asked one after another. */
export function useDrifted(
  models: readonly ModelSummary[] | undefined,
): ReadonlyMap<string, readonly string[]> {
  const [drifted, setDrifted] = useState<ReadonlyMap<string, readonly string[]>>(new Map())
  useEffect(() => {
    const leaving = new AbortController()
    void (async () => {
      for (const { model, live, recorded } of models ?? []) {
        if (leaving.signal.aborted) return
        if (recorded === undefined || (known.get(model)?.at ?? 0) > Date.now() - freshMs) continue
        const details = await read<Model>(`/models/${model}`).catch(() => undefined)
        const drift = details?.versions.find(({ version }) => version === live)?.drift
        known.set(model, { at: Date.now(), columns: drift?.columns ?? [] })
      }
      if (!leaving.signal.aborted)
        setDrifted(new Map([...known].map(([model, { columns }]) => [model, columns])))
    })()
    return () => leaving.abort()
  }, [models])
  return drifted
}
