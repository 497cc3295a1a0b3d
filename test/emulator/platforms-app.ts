import { App } from 'aws-cdk-lib'
import flags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' }
import { Callers, Gateway, PlatformStack } from '../../lib/index.ts'

/** Two more platforms, for an account that has one. */
const app = new App({ context: flags })
new PlatformStack(app, 'Keys', { platformName: 'keyed', callers: Callers.apiKeys(), approvalLinks: true })
new PlatformStack(app, 'Rest', {
  platformName: 'rested',
  gateway: Gateway.REST,
  callers: Callers.apiKeys(),
  approvalLinks: true,
})
