import { Duration, Size, Stack } from 'aws-cdk-lib'
import {
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  type IHttpRouteAuthorizer,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { ILogGroup } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { HandlerFunction } from './handler-function.ts'
import type { ModelRegistry } from './model-registry.ts'
import { endpointArns, type ReleaseWorkflows } from './release-workflows.ts'

export interface ModelApiProps {
  /** Begins the names of the endpoints that are called. @default - the name that the workflows have */
  readonly platformName?: string
  /** Where versions and aliases stand. @default - the registry that the workflows have */
  readonly registry?: ModelRegistry
  /** What control starts, and what tells the functions where everything is. */
  readonly workflows: ReleaseWorkflows
  /** Where the API's functions write. @default - where the workflows write */
  readonly logGroup?: ILogGroup
  /** Let anybody ask for predictions. Control always asks who calls. @default false */
  readonly allowAnonymousInvoke?: boolean
}

const invocationPaths = [
  '/models/{model}/invocations',
  '/models/{model}/aliases/{alias}/invocations',
  '/models/{model}/versions/{version}/invocations',
]

/** The gateway in front of two functions: the router, which answers predictions, and control, which answers the rest. */
export class ModelApi extends Construct {
  readonly api: HttpApi
  readonly router: HandlerFunction
  readonly control: HandlerFunction

  constructor(scope: Construct, id: string, props: ModelApiProps) {
    super(scope, id)
    const { workflows } = props
    const { platformName, registry, logGroup } = { ...workflows, ...props }

    this.router = new HandlerFunction(this, 'Router', {
      entry: 'router',
      handler: 'handler',
      environment: workflows.handlerEnvironment,
      logGroup,
      // An HTTP API waits 30 s; the answer that says so must be ours.
      timeout: Duration.seconds(29),
      memory: Size.mebibytes(1769),
    })
    registry.table.grantReadWriteData(this.router)
    this.router.addToRolePolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: [endpointArns(this, platformName)],
      }),
    )

    this.control = new HandlerFunction(this, 'Control', {
      entry: 'control',
      handler: 'handler',
      environment: workflows.handlerEnvironment,
      logGroup,
      // The data path may take every other environment of the account; control must still answer.
      reservedConcurrentExecutions: 5,
    })
    registry.table.grantReadWriteData(this.control)
    workflows.grantStart(this.control, 'promotion', 'rollback', 'retirement')
    // The audit chain is verified against the records.
    workflows.grantReadRecords(this.control)

    this.api = this.routes(props.allowAnonymousInvoke ?? false)
  }

  get url(): string {
    return this.api.apiEndpoint
  }

  /** The execute-api ARN of a method and a path, either of which may be or hold a `*`. */
  arnFor(method: string, path: string): string {
    const { apiId } = this.api
    return Stack.of(this).formatArn({
      service: 'execute-api',
      resource: apiId,
      resourceName: `$default/${method}${path}`,
    })
  }

  metricCount(options?: MetricOptions): Metric {
    return this.api.metricCount(options)
  }

  metricServerError(options?: MetricOptions): Metric {
    return this.api.metricServerError(options)
  }

  metricLatency(options?: MetricOptions): Metric {
    return this.api.metricLatency(options)
  }

  private routes(anonymous: boolean): HttpApi {
    const callers = new HttpIamAuthorizer()
    const api = new HttpApi(this, 'Api', { defaultAuthorizer: callers })
    const invokers: IHttpRouteAuthorizer = anonymous ? new HttpNoneAuthorizer() : callers
    const predictions = new HttpLambdaIntegration('Predictions', this.router)
    for (const path of invocationPaths)
      api.addRoutes({ path, methods: [HttpMethod.POST], integration: predictions, authorizer: invokers })
    api.addRoutes({ path: '/{proxy+}', integration: new HttpLambdaIntegration('Control', this.control) })
    return api
  }
}
