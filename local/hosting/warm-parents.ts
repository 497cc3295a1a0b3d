import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type WarmPatience, warmsInMs } from '../../lib/rules/warm-patience.ts'
import type { Begin } from './begun-process.ts'
import type { Launch } from './launch.ts'
import type { ProcessCensus } from './process-census.ts'
import { spawnServer } from './spawn-server.ts'
import { WarmParent } from './warm-parent.ts'

const usualPatience: WarmPatience = { idleMs: 1000, busyMs: 60_000, unusedMs: 15 * 60_000 }
const lookEveryMs = 250
/** Each takes what its libraries take, about 100 MB. */
const mostParents = 4
/** A parent that was of no use this often is not started again. */
const mostFailures = 2

/** What is known of the versions that run by one command in one environment. */
interface Kind {
  imports: readonly string[]
  parent?: WarmParent
  failures: number
  usedAt: number
}

/**
 * For every environment whose versions run here a process that has imported what they need, and forks the next one: it
 * answers in hundredths of a second. What the parent imports the first version has told; without a parent, or where
 * it is of no use, a server starts cold.
 */
export class WarmParents {
  readonly #census: ProcessCensus
  readonly #patience: WarmPatience
  readonly #kinds = new Map<string, Kind>()
  readonly #looking: NodeJS.Timeout
  /** When somebody asked for a prediction last, or was answered. */
  #servedAt = 0
  #stopped = false

  constructor(census: ProcessCensus, patience: Partial<WarmPatience> = {}) {
    this.#census = census
    this.#patience = { ...usualPatience, ...patience }
    this.#looking = setInterval(() => this.#endUnused(), this.#patience.unusedMs / 4).unref()
  }

  /** How a server of a launch is begun: by its warm parent where there is one that is ready. */
  beginOf(launch: Launch): Begin {
    if (launch.hasWarmParent !== true || process.env['SLUICE_WARM'] === 'off') return spawnServer
    const key = keyOf(launch)
    const kind = this.#kinds.get(key) ?? { imports: [], failures: 0, usedAt: 0 }
    this.#kinds.set(key, kind)
    return (beginning) => {
      kind.usedAt = performance.now()
      const { parent } = kind
      if (parent?.isReady) return parent.fork(beginning, spawnServer)
      const imports = join(beginning.folder, 'imports')
      const begun = spawnServer({
        ...beginning,
        env: { ...beginning.env, SLUICE_IMPORTS_FILE: imports },
      })
      const looking = setInterval(() => {
        const found = namesIn(imports)
        if (found === undefined) return
        clearInterval(looking)
        this.#warmOnceIdle(launch, kind, found)
      }, lookEveryMs).unref()
      void begun.ended.then(() => clearInterval(looking))
      return begun
    }
  }

  /** Somebody asks for a prediction, or is answered: no parent is begun meanwhile. */
  served(): void {
    this.#servedAt = performance.now()
  }

  /** The process ids of those that are ready. */
  get ready(): readonly number[] {
    return [...this.#kinds.values()].flatMap(({ parent }) => (parent?.isReady ? [parent.pid ?? 0] : []))
  }

  stop(): void {
    this.#stopped = true
    clearInterval(this.#looking)
    for (const { parent } of this.#kinds.values()) parent?.end()
  }

  #warmOnceIdle(launch: Launch, kind: Kind, imports: readonly string[]): void {
    const loadedAt = performance.now()
    const look = () => {
      const moments = { loadedAt, servedAt: this.#servedAt, now: performance.now() }
      const inMs = warmsInMs(moments, this.#patience)
      if (inMs <= 0) this.#warm(launch, kind, imports)
      else setTimeout(look, inMs).unref()
    }
    look()
  }

  #warm(launch: Launch, kind: Kind, imports: readonly string[]): void {
    const isKnown = imports.every((name) => kind.imports.includes(name))
    if (this.#stopped || kind.failures >= mostFailures || (kind.parent !== undefined && isKnown)) return
    // Another version of the environment has brought more of its libraries.
    kind.parent?.end()
    kind.imports = [...new Set([...kind.imports, ...imports])]
    this.#makeRoom()
    kind.usedAt = performance.now()
    const parent = new WarmParent(launch, kind.imports, this.#census)
    kind.parent = parent
    void parent.ended.then((isOfUse) => {
      if (kind.parent !== parent) return
      delete kind.parent
      if (!isOfUse) kind.failures += 1
    })
  }

  #makeRoom(): void {
    const kept = [...this.#kinds.values()]
      .filter(({ parent }) => parent !== undefined)
      .sort((a, b) => b.usedAt - a.usedAt)
    for (const { parent } of kept.slice(mostParents - 1)) parent?.end()
  }

  #endUnused(): void {
    const since = performance.now() - this.#patience.unusedMs
    for (const { parent, usedAt } of this.#kinds.values())
      if (parent?.readyAt !== undefined && Math.max(usedAt, parent.readyAt) < since) parent.end()
  }
}

/** Versions that differ by nothing but their files have one parent. */
function keyOf({ command, args, env }: Launch): string {
  const { MODEL_DIR: _, VERSION_FILE: __, ...shared } = env
  return JSON.stringify([command, args, Object.entries(shared).sort()])
}

function namesIn(file: string): readonly string[] | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as string[]
  } catch {
    return undefined
  }
}
