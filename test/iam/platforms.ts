import { RemovalPolicy } from 'aws-cdk-lib'
import { Callers } from '../../lib/constructs/gateways/callers.ts'
import { Gateway } from '../../lib/constructs/gateways/gateway.ts'
import type { PlatformStackProps } from '../../lib/platform-stack.ts'

/**
 * The platforms whose roles are proven: as it is by default, and with everything that can be asked for. A prop that
 * brings functions, rights or resources with it belongs into one of these.
 */
export const platforms: readonly { readonly what: string; readonly props: PlatformStackProps }[] = [
  { what: 'by default', props: {} },
  { what: 'that takes keys', props: { callers: Callers.apiKeys() } },
  {
    what: 'behind a REST API that takes tokens',
    props: {
      gateway: Gateway.REST,
      callers: Callers.jwt({ issuer: 'https://people.example', audience: 'models' }),
    },
  },
  {
    what: 'with another name, open to invoke, removed whole',
    props: { platformName: 'ab', allowAnonymousInvoke: true, removalPolicy: RemovalPolicy.DESTROY },
  },
]
