/** What is done to a platform before it is killed. */
export type Act =
  /** One file dropped into the store. */
  | { readonly kind: 'file'; readonly model: string; readonly number: number }
  /** A folder, moved in by one rename or written file by file. */
  | {
      readonly kind: 'folder'
      readonly model: string
      readonly number: number
      readonly byOneRename: boolean
    }
  | {
      readonly kind: 'promotion'
      readonly model: string
      readonly number: number
      readonly rollout: string
      readonly times: number
    }
  | {
      readonly kind: 'rollback'
      readonly model: string
      /** Where to; without it, what the alias served before. */
      readonly to?: number
      readonly times: number
    }
  | { readonly kind: 'retirement'; readonly model: string; readonly number: number; readonly times: number }

export interface Round {
  /** Each with a pause before it, milliseconds. */
  readonly acts: readonly { readonly afterMs: number; readonly act: Act }[]
  /** The platform is killed so many milliseconds after the last act was begun. */
  readonly killAfterMs: number
  /** Starts that are killed, too, each so many milliseconds after its beginning. */
  readonly killedStartsMs: readonly number[]
  /** After the restart everything is waited for and looked at closely. */
  readonly quiet: boolean
}

export const models = ['times-one', 'times-two', 'iris'] as const

/** The same numbers for the same seed (mulberry32). @returns a function that draws from [0, 1) */
function drawing(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A plan: what is done and when the platform is killed, all of it drawn from the seed and from nothing else. */
export function planOf(seed: number, kills: number): Round[] {
  const draw = drawing(seed)
  const below = (count: number) => Math.floor(draw() * count)
  const chance = (share: number) => draw() < share
  const one = <T>(list: readonly T[]): T => list[below(list.length)] as T
  const released = new Map<string, number[]>(models.map((model) => [model, []]))
  const next = new Map<string, number>(models.map((model) => [model, 0]))

  const release = (model: string): Act => {
    const number = next.get(model) ?? 0
    next.set(model, number + 1)
    released.get(model)?.push(number)
    if (model !== 'iris' && chance(0.4)) return { kind: 'file', model, number }
    return { kind: 'folder', model, number, byOneRename: chance(0.6) }
  }
  const act = (): Act => {
    const model = one(models)
    const numbers = released.get(model) ?? []
    const times = chance(0.3) ? 2 + below(2) : 1
    const kind = draw()
    if (kind < 0.35 || numbers.length < 2) return release(model)
    if (kind < 0.75) {
      const rollout = chance(0.4) ? 'all-at-once' : one(['canary:50%/0s', 'canary:30%/0s,60%/0s'])
      return { kind: 'promotion', model, number: one(numbers.slice(-4)), rollout, times }
    }
    if (kind < 0.9 || numbers.length < 5) {
      const back = { kind: 'rollback', model, times } as const
      return chance(0.5) ? { ...back, to: one(numbers.slice(-4)) } : back
    }
    return { kind: 'retirement', model, number: numbers.splice(below(2), 1)[0] ?? 0, times }
  }

  const rounds: Round[] = [
    {
      acts: models.map((model) => ({ afterMs: 0, act: release(model) })),
      killAfterMs: below(400),
      killedStartsMs: [],
      quiet: true,
    },
  ]
  for (let killed = 1; killed < kills; ) {
    const killedStartsMs = chance(0.15) ? [below(450)].slice(0, kills - killed - 1) : []
    const acts = Array.from({ length: 1 + below(3) }, () => ({ afterMs: below(60), act: act() }))
    rounds.push({ acts, killAfterMs: below(250), killedStartsMs, quiet: chance(0.4) })
    killed += 1 + killedStartsMs.length
  }
  return rounds
}
