import { App, type AppProps } from 'aws-cdk-lib'
import flags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' }
import { PlatformStack } from './platform-stack.ts'

/**
 * The CDK app of one platform. The feature flags stand here and not in cdk.json, which an app that is not started by
 * the CLI never reads: the laptop and `cdk deploy` synthesize the same template.
 */
export function platformApp(props: AppProps = {}): App {
  const app = new App({ ...props, context: { ...flags, ...props.context } })
  new PlatformStack(app, 'Sluice')
  return app
}
