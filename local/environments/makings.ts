import type { Building } from '../../lambdas/ports.ts'
import type { Environment } from './environment-maker.ts'

/** Something on its way. */
interface Making {
  text: string
  outcome?: { readonly environment: Environment } | { readonly error: unknown }
  readonly over: Promise<void>
}

/** Makes an environment, and says how far it is. */
export type Make = (tell: (text: string) => void) => Promise<Environment>

/** Environments on their way, by what they are made of: each is made once, whoever asks for it meanwhile. */
export class Makings {
  readonly #known = new Map<string, Making>()

  /** What has become of a making, or how far it is; undefined where none was begun. An error of it is thrown once. */
  take(key: string): Environment | Building | undefined {
    const making = this.#known.get(key)
    if (making?.outcome === undefined) return making && { building: making.text }
    this.#known.delete(key)
    if ('error' in making.outcome) throw making.outcome.error
    return making.outcome.environment
  }

  /** Begin to make what nobody else makes already. */
  begin(key: string, text: string, make: Make): Building {
    const known = this.#known.get(key)
    if (known !== undefined) return { building: known.text }
    const tell = (told: string) => {
      making.text = told
    }
    const over = Promise.resolve()
      .then(() => make(tell))
      .then(
        (environment) => {
          making.outcome = { environment }
        },
        (error) => {
          making.outcome = { error }
        },
      )
    const making: Making = { text, over }
    this.#known.set(key, making)
    return { building: text }
  }

  /** When nothing is being made any more. */
  async over(): Promise<void> {
    await Promise.all([...this.#known.values()].map(({ over }) => over))
  }
}
