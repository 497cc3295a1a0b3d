import type { Field, Signature } from './signature.ts'

/** Modules of one package that were imported, and how long their own code took, in milliseconds. */
export interface ImportTime {
  readonly module: string
  readonly ms: number
}

/** Where a start goes, each part in milliseconds. */
export interface StartProfile {
  readonly environment: { readonly ms: number; readonly wasMade: boolean }
  /** From the start of the process until it listens. */
  readonly processMs: number
  /** From then until the model is loaded, imports included. */
  readonly loadMs: number
  /** Of the first prediction. */
  readonly firstAnswerMs: number
  /** What was imported, the longest first; absent where the runtime does not tell. */
  readonly imports?: readonly ImportTime[]
  /** Packages whose modules lie there without byte code. */
  readonly uncompiled: readonly string[]
}

/** What a start takes beside the environment, which is made once. */
export function startMs({ processMs, loadMs, firstAnswerMs }: StartProfile): number {
  return processMs + loadMs + firstAnswerMs
}

const importLine = /^import time:\s+(\d+) \|\s+\d+ \|\s*(\S+)$/

/** Read what Python tells of its imports, summed by package, and by its part where the package is large. */
export function importTimes(lines: readonly string[], depth = 2): ImportTime[] {
  const sums = new Map<string, number>()
  for (const line of lines) {
    const [, micros, name] = importLine.exec(line) ?? []
    if (micros === undefined || name === undefined) continue
    const key = name.split('.').slice(0, depth).join('.')
    sums.set(key, (sums.get(key) ?? 0) + Number(micros) / 1000)
  }
  return [...sums].map(([module, ms]) => ({ module, ms })).sort((a, b) => b.ms - a.ms)
}

/** Packages that scikit-learn and others import where they are installed, and models mostly do without. */
const onlyBecauseInstalled = ['pandas', 'matplotlib', 'pyarrow', 'polars', 'dask', 'IPython']
/** Less than this is not worth a change. */
const worthMs = 50

/** What would make a start faster, the largest first. @param entry the file that is the model, or answers for it */
export function startMends(profile: StartProfile, entry: string): string[] {
  const { imports = [], uncompiled, loadMs, firstAnswerMs } = profile
  const byPackage = new Map<string, number>()
  for (const { module, ms } of imports) {
    const [top = module] = module.split('.')
    byPackage.set(top, (byPackage.get(top) ?? 0) + ms)
  }
  const importedMs = [...byPackage.values()].reduce((sum, ms) => sum + ms, 0)
  const restMs = loadMs - importedMs
  const mends: [number, string][] = []
  for (const name of onlyBecauseInstalled) {
    const ms = byPackage.get(name) ?? 0
    if (ms >= worthMs)
      mends.push([
        ms,
        `${name} takes ${Math.round(ms)} ms, and libraries import it only because it is installed: leave it out of the requirements where the model does without`,
      ])
  }
  if (uncompiled.length > 0)
    mends.push([
      importedMs / 2,
      `${uncompiled.join(', ')} ${uncompiled.length === 1 ? 'has' : 'have'} no byte code, and ${uncompiled.length === 1 ? 'is' : 'are'} compiled at every start: remove the environment, and it is made again with it`,
    ])
  if (restMs >= 10 * worthMs)
    mends.push([
      restMs,
      `${entry} takes ${Math.round(restMs)} ms to load beside its imports: save it uncompressed, or load less of it`,
    ])
  if (firstAnswerMs >= 4 * worthMs)
    mends.push([
      firstAnswerMs,
      `the first prediction takes ${Math.round(firstAnswerMs)} ms: what it imports or builds belongs into load(), before the version is ready`,
    ])
  return mends.sort(([a], [b]) => b - a).map(([, sentence]) => sentence)
}

/** One record that fits a signature, as columns: what is asked where nobody has given an example. */
export function plainColumns({ inputs }: Signature): Record<string, unknown[]> {
  return Object.fromEntries(inputs.map((field) => [field.name, [plainValue(field)]]))
}

function plainValue({ type, shape = [], values }: Field): unknown {
  const bare = values?.[0] ?? (type === 'string' ? '' : type === 'boolean' ? false : 0)
  return shape.reduceRight<unknown>((inner, size) => Array.from({ length: size ?? 1 }, () => inner), bare)
}
