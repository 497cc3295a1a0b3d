import { Duration } from 'aws-cdk-lib'
import {
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2'
import {
  HttpIamAuthorizer,
  HttpLambdaAuthorizer,
  HttpLambdaResponseType,
} from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import { approvalLinkRoute } from '../../wiring/approval-links.ts'
import { consoleRoutes } from '../../wiring/console-routes.ts'
import { otherRoute, predictionRoutes } from '../../wiring/gateway-routes.ts'
import { iamOnlyPaths } from '../../wiring/iam-only-paths.ts'
import { accessLogFormat } from './access-log.ts'
import { arnPath, type FrontProps, type IFront } from './front.ts'

/** At the root of the API's address: no path has the stage's name in it. */
const stageName = '$default'

/** A platform behind an HTTP API, which takes TLS 1.2 and later only. */
export class HttpFront extends Construct implements IFront {
  private readonly api: HttpApi

  constructor(scope: Construct, id: string, props: FrontProps) {
    super(scope, id)
    this.api = new HttpApi(this, 'Api', { apiName: props.platformName, createDefaultStage: false })
    new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName,
      autoDeploy: true,
      throttle: props.throttle,
      accessLogSettings: {
        destination: new LogGroupLogDestination(props.logGroup),
        format: accessLogFormat('routeKey'),
      },
    })
    this.addRoutes(props)
  }

  get url(): string {
    return this.api.apiEndpoint
  }

  arnFor(method: string, path: string): string {
    return this.api.arnForExecuteApi(method, arnPath(path), stageName)
  }

  metricCount(props?: MetricOptions): Metric {
    return this.api.metricCount(props)
  }

  metricServerError(props?: MetricOptions): Metric {
    return this.api.metricServerError(props)
  }

  metricLatency(props?: MetricOptions): Metric {
    return this.api.metricLatency(props)
  }

  private addRoutes(props: FrontProps): void {
    const iam = new HttpIamAuthorizer()
    const callers = this.callers(props) ?? iam
    const predictions = new HttpLambdaIntegration('Predictions', props.router)
    const control = new HttpLambdaIntegration('Control', props.control)
    for (const path of Object.values(predictionRoutes))
      this.api.addRoutes({
        path,
        methods: [HttpMethod.POST],
        integration: predictions,
        authorizer: props.allowAnonymousInvoke ? new HttpNoneAuthorizer() : callers,
      })
    if (props.approvalLinks)
      this.api.addRoutes({
        path: approvalLinkRoute,
        methods: [HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST],
        integration: control,
        authorizer: new HttpNoneAuthorizer(),
      })
    if (props.console !== undefined) {
      const integration = new HttpLambdaIntegration('Console', props.console)
      for (const path of consoleRoutes)
        this.api.addRoutes({
          ...{ path, integration },
          methods: [HttpMethod.GET, HttpMethod.HEAD],
          authorizer: new HttpNoneAuthorizer(),
        })
    }
    for (const path of iamOnlyPaths) this.api.addRoutes({ path, integration: control, authorizer: iam })
    this.api.addRoutes({ path: otherRoute, integration: control, authorizer: callers })
  }

  private callers({ authorizer }: FrontProps): IHttpRouteAuthorizer | undefined {
    if (authorizer === undefined) return undefined
    return new HttpLambdaAuthorizer('Callers', authorizer, {
      responseTypes: [HttpLambdaResponseType.SIMPLE],
      // A key comes in one of two headers, and a gateway would refuse whoever has not all that it is told of.
      identitySource: [],
      // A yes is for one model, and a simple answer that is kept would be good for every path of the caller's.
      resultsCacheTtl: Duration.seconds(0),
    })
  }
}
