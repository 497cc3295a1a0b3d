import type { ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2'
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { ILogGroup } from 'aws-cdk-lib/aws-logs'

/** What is put behind a gateway, and who asks its callers who they are. */
export interface FrontProps {
  readonly platformName: string
  readonly router: IFunction
  readonly control: IFunction
  /** Asked about every caller. Undefined: IAM is. */
  readonly authorizer?: IFunction
  /** Answers with the page. Undefined: there is none. */
  readonly console?: IFunction
  readonly allowAnonymousInvoke: boolean
  readonly approvalLinks: boolean
  readonly logGroup: ILogGroup
  readonly throttle: Required<ThrottleSettings>
}

/** A gateway of either kind, as the rest of a platform sees it. */
export interface IFront {
  readonly url: string
  arnFor(method: string, path: string): string
  metricCount(props?: MetricOptions): Metric
  metricServerError(props?: MetricOptions): Metric
  metricLatency(props?: MetricOptions): Metric
}

/** A path as an ARN of execute-api has it: what is in braces may be anything. */
export function arnPath(path: string): string {
  return path.replaceAll(/\{[^}]+\}/g, '*')
}
