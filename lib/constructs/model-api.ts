import { Duration, Size } from 'aws-cdk-lib'
import {
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  type IHttpRouteAuthorizer,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import type { ILogGroup } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { HandlerFunction } from './handler-function.ts'
import type { ModelRegistry } from './model-registry.ts'
import type { ReleaseWorkflows } from './release-workflows.ts'
import { grantCountOutcomes, grantOnEndpoints, grantTable } from './rights.ts'

export interface ModelApiProps {
  readonly platformName: string
  readonly registry: ModelRegistry
  readonly workflows: ReleaseWorkflows
  readonly logGroup: ILogGroup
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
    const { platformName, registry, workflows, logGroup } = props

    this.router = new HandlerFunction(this, 'Router', {
      entry: 'router',
      handler: 'handler',
      environment: workflows.handlerEnvironment,
      logGroup,
      // An HTTP API waits 30 s; the answer that says so must be ours.
      timeout: Duration.seconds(29),
      memory: Size.mebibytes(1769),
    })
    grantTable(registry, this.router, 'GetItem', 'Query')
    grantCountOutcomes(registry, this.router)
    grantOnEndpoints(this, platformName, this.router, 'InvokeFunction')

    this.control = new HandlerFunction(this, 'Control', {
      entry: 'control',
      handler: 'handler',
      environment: workflows.handlerEnvironment,
      logGroup,
      // The data path may take every other environment of the account; control must still answer.
      reservedConcurrentExecutions: 5,
    })
    grantTable(
      registry,
      this.control,
      'GetItem',
      'BatchGetItem',
      'Query',
      'PutItem',
      'DeleteItem',
      'ConditionCheckItem',
    )
    workflows.grantStart(this.control, 'promotion', 'rollback', 'retirement')
    // The audit chain is verified against the records.
    workflows.grantReadRecords(this.control)

    this.api = this.routes(props.allowAnonymousInvoke ?? false)
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
