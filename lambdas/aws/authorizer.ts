import type { TokenIssuer } from '../../lib/rules/token-issuer.ts'
import { admit, type Callers } from '../access/admission.ts'
import { KeyCallers } from '../access/key-callers.ts'
import { RecentKeys } from '../access/recent-keys.ts'
import { TokenCallers } from '../access/token-callers.ts'
import { apiKeys } from './api-keys.ts'
import { authorizerOver } from './authorizer-answer.ts'
import { setting } from './settings.ts'

const clock = { now: () => Date.now() }

/** Who may call this platform, as its constructs were told. @throws Error where nobody is let in by this function */
function callers(): Callers {
  const kind = setting('callers')
  if (kind === 'keys') return new KeyCallers(new RecentKeys(apiKeys(), clock), clock)
  if (kind === 'jwt') return new TokenCallers(JSON.parse(setting('tokenIssuer')) as TokenIssuer)
  throw new Error(`an authorizer has no callers of the kind '${kind}'`)
}

const known = callers()

export const handler = authorizerOver((request) => admit(known, request))
