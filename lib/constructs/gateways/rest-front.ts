import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import {
  AuthorizationType,
  type CfnRestApi,
  EndpointType,
  LambdaIntegration,
  LogGroupLogDestination,
  type MethodOptions,
  RequestAuthorizer,
  RestApi,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigateway'
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import { approvalLinkRoute } from '../../wiring/approval-links.ts'
import { consoleRoutes } from '../../wiring/console-routes.ts'
import { otherRoute, predictionRoutes } from '../../wiring/gateway-routes.ts'
import { iamOnlyPaths } from '../../wiring/iam-only-paths.ts'
import { accessLogFormat } from './access-log.ts'
import { arnPath, type FrontProps, type IFront } from './front.ts'
import { addGatewayResponses } from './gateway-responses.ts'

/** In every address of a REST API, and in none of the paths that its functions are handed. */
const stageName = 'prod'

const iam: MethodOptions = { authorizationType: AuthorizationType.IAM }

/** A platform behind a Regional REST API. */
export class RestFront extends Construct implements IFront {
  private readonly api: RestApi

  constructor(scope: Construct, id: string, props: FrontProps) {
    super(scope, id)
    this.api = new RestApi(this, 'Api', {
      restApiName: props.platformName,
      endpointConfiguration: { types: [EndpointType.REGIONAL] },
      // Bodies go through as they are, NumPy's too. There is no CORS, whose OPTIONS this would break.
      binaryMediaTypes: ['*/*'],
      // Without a role in the account's settings a REST API writes no log. It is the account's: others may use it by
      // the time this API goes.
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
      deployOptions: {
        stageName,
        accessLogDestination: new LogGroupLogDestination(props.logGroup),
        accessLogFormat: accessLogFormat('resourcePath'),
        throttlingRateLimit: props.throttle.rateLimit,
        throttlingBurstLimit: props.throttle.burstLimit,
      },
    })
    // An output that the library adds by itself; the stack has its own.
    this.api.node.tryRemoveChild('Endpoint')
    const api = this.api.node.defaultChild as CfnRestApi
    // TLS 1.2 and later; the API's own default takes 1.0.
    api.securityPolicy = SecurityPolicy.TLS13_1_2_PQ_2025_09
    api.endpointAccessMode = 'STRICT'
    addGatewayResponses(this.api)
    this.addMethods(props)
  }

  get url(): string {
    const { region, urlSuffix } = Stack.of(this)
    return `https://${this.api.restApiId}.execute-api.${region}.${urlSuffix}/${this.api.deploymentStage.stageName}`
  }

  arnFor(method: string, path: string): string {
    return this.api.arnForExecuteApi(method, arnPath(path), stageName)
  }

  metricCount(props?: MetricOptions): Metric {
    return this.api.deploymentStage.metricCount(props)
  }

  metricServerError(props?: MetricOptions): Metric {
    return this.api.deploymentStage.metricServerError(props)
  }

  metricLatency(props?: MetricOptions): Metric {
    return this.api.deploymentStage.metricLatency(props)
  }

  private addMethods(props: FrontProps): void {
    const callers = this.callers(props) ?? iam
    const predictions = new LambdaIntegration(props.router, { allowTestInvoke: false })
    const control = new LambdaIntegration(props.control, { allowTestInvoke: false })
    const add = (method: string, path: string, integration: LambdaIntegration, options: MethodOptions) =>
      this.api.root.resourceForPath(path).addMethod(method, integration, options)
    for (const path of Object.values(predictionRoutes))
      add(
        'POST',
        path,
        predictions,
        props.allowAnonymousInvoke ? { authorizationType: AuthorizationType.NONE } : callers,
      )
    if (props.approvalLinks)
      for (const method of ['GET', 'HEAD', 'POST'])
        add(method, approvalLinkRoute, control, { authorizationType: AuthorizationType.NONE })
    if (props.console !== undefined) {
      const console = new LambdaIntegration(props.console, { allowTestInvoke: false })
      for (const path of consoleRoutes)
        for (const method of ['GET', 'HEAD'])
          add(method, path, console, { authorizationType: AuthorizationType.NONE })
    }
    for (const path of iamOnlyPaths) add('ANY', path, control, iam)
    add('ANY', otherRoute, control, callers)
  }

  private callers({ authorizer }: FrontProps): MethodOptions | undefined {
    if (authorizer === undefined) return undefined
    return {
      authorizationType: AuthorizationType.CUSTOM,
      authorizer: new RequestAuthorizer(this, 'Callers', {
        handler: authorizer,
        // A key comes in one of two headers, and a gateway would refuse whoever has not all that it is told of.
        identitySources: [],
        // A yes is for one model, and a key that was taken away would be good for as long again.
        resultsCacheTtl: Duration.seconds(0),
      }),
    }
  }
}
