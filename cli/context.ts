import type { PlatformClient } from './platform-client.ts'
import type { Talk } from './terminal/talk.ts'

/** What every verb is given. */
export interface Context {
  readonly talk: Talk
  readonly platform: PlatformClient
}
