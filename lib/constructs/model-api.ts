import { Duration, Size } from 'aws-cdk-lib'
import type { ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2'
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { ILogGroup } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { shadowFunctionVariable } from '../wiring/environment.ts'
import { Callers } from './gateways/callers.ts'
import type { IFront } from './gateways/front.ts'
import { Gateway } from './gateways/gateway.ts'
import { HttpFront } from './gateways/http-front.ts'
import { RestFront } from './gateways/rest-front.ts'
import { HandlerFunction } from './handler-function.ts'
import type { ModelRegistry } from './model-registry.ts'
import type { ReleaseWorkflows } from './release-workflows.ts'
import { allow, grantCountOutcomes, grantOnEndpoints, grantTable } from './rights.ts'
import { SageMakerGrants } from './sagemaker-grants.ts'

export interface ModelApiProps {
  /** Begins the names of the endpoints that are called. @default - the name that the workflows have */
  readonly platformName?: string
  /** Where versions and aliases stand. @default - the registry that the workflows have */
  readonly registry?: ModelRegistry
  /** What control starts, and what tells the functions where everything is. */
  readonly workflows: ReleaseWorkflows
  /** Where the API's functions write. @default - where the workflows write */
  readonly logGroup?: ILogGroup
  /** Which kind of API the platform answers through. @default Gateway.HTTP */
  readonly gateway?: Gateway
  /**
   * Who may call, and how a caller shows who it is. Keys are always made by people whom IAM knows, whoever else may
   * call. @default Callers.iam()
   */
  readonly callers?: Callers
  /** Let anybody ask for predictions. Control always asks who calls. @default false */
  readonly allowAnonymousInvoke?: boolean
  /** Answer at the path of links to approve by without asking who calls. @default false */
  readonly approvalLinks?: boolean
  /**
   * Show the console at `/console`: a page that is the same for everybody, and asks whoever opens it for a key or a
   * token. Under IAM no page can sign what it asks: there `sluice console` shows it on the machine of whoever may call.
   * @default - where callers have keys or tokens
   */
  readonly console?: boolean
  /**
   * How many requests a second the gateway takes, and how many at once; more are refused with 429.
   * @default - 500 a second, 500 at once
   */
  readonly throttle?: ThrottleSettings
}

/**
 * A prediction holds two of the 1,000 environments that an account runs at once, its router's and its model's: with
 * predictions of a second, 500 a second are what an account can answer. More would be refused by Lambda, and to every
 * other function of the account as well.
 */
const usualThrottle = { rateLimit: 500, burstLimit: 500 }

/** The gateway in front of two functions: the router, which answers predictions, and control, which answers the rest. */
export class ModelApi extends Construct {
  readonly router: IFunction
  readonly control: IFunction
  /** Asks the shadows of calls that the router has answered, while nobody waits. */
  readonly shadow: IFunction
  /** Says of every request whether its caller may. @default - IAM does */
  readonly authorizer?: IFunction
  /** Answers with the console's page and its files, and may do nothing. @default - under IAM there is none */
  readonly console?: IFunction
  private readonly front: IFront

  constructor(scope: Construct, id: string, props: ModelApiProps) {
    super(scope, id)
    const { workflows } = props
    const platformName = props.platformName ?? workflows.platformName
    const registry = props.registry ?? workflows.registry
    const logGroup = props.logGroup ?? workflows.logGroup
    const callers = props.callers ?? Callers.iam()
    const environment = { ...workflows.handlerEnvironment, ...callers.environment }

    const shadow = new HandlerFunction(this, 'Shadow', {
      entry: 'shadow',
      handler: 'handler',
      environment,
      logGroup,
      timeout: Duration.minutes(2),
      // What it finds is added up in one place, and shadows take no more of the account than this and four models.
      reservedConcurrentExecutions: 1,
      // A comparison is a sample: what cannot be asked soon is not asked.
      oncePerEventWithin: Duration.minutes(1),
    })
    this.shadow = shadow
    grantTable(registry, shadow, 'GetItem')
    workflows.grantKeepShadows(shadow)
    grantOnEndpoints(this, platformName, shadow, 'InvokeFunction')
    new SageMakerGrants(this, platformName).invokes(shadow)
    const speaking = { ...environment, [shadowFunctionVariable]: shadow.functionName }

    this.router = new HandlerFunction(this, 'Router', {
      entry: 'router',
      handler: 'handler',
      environment: speaking,
      logGroup,
      // An HTTP API waits 30 s; the answer that says so must be ours.
      timeout: Duration.seconds(29),
      memory: Size.mebibytes(1769),
    })
    grantTable(registry, this.router, 'GetItem', 'Query')
    grantCountOutcomes(registry, this.router)
    grantOnEndpoints(this, platformName, this.router, 'InvokeFunction')
    new SageMakerGrants(this, platformName).invokes(this.router)
    // Handed over while another call waits for its model.
    allow(this.router, [shadow.functionArn], 'lambda:InvokeFunction')

    this.control = new HandlerFunction(this, 'Control', {
      entry: 'control',
      handler: 'handler',
      environment: speaking,
      logGroup,
      // The data path may take every other environment of the account; control must still answer.
      reservedConcurrentExecutions: 5,
    })
    grantTable(registry, this.control, 'GetItem', 'BatchGetItem', 'Query', 'PutItem', 'DeleteItem')
    workflows.grantStart(this.control, 'promotion', 'rollback', 'retirement')
    // The audit chain is verified against the records.
    workflows.grantReadRecords(this.control)
    // A deprecation, or a decision against a promotion, starts no machine that would write its record, or tell of it.
    workflows.grantAddRecords(this.control)
    workflows.events.grantPutEventsTo(this.control)
    // What is told of calls is kept before it is acknowledged, and what monitoring found is shown.
    workflows.grantKeepMonitoring(this.control)
    // Whoever compares two versions has recorded requests sent to both, once they are awake.
    workflows.grantCompare(this.control)
    grantOnEndpoints(this, platformName, this.control, 'GetFunction', 'InvokeFunction')
    // Whoever asks what was found of shadows has it written down first.
    allow(this.control, [shadow.functionArn], 'lambda:InvokeFunction')
    const sagemaker = new SageMakerGrants(this, platformName)
    sagemaker.looksAt(this.control)
    sagemaker.wakes(this.control)
    sagemaker.invokes(this.control)

    if (callers.kind !== 'iam') this.authorizer = this.authorizes(registry, logGroup, environment)
    if (showsConsole(callers, props.console)) this.console = this.shows(logGroup, callers)
    const Front = (props.gateway ?? Gateway.HTTP) === Gateway.REST ? RestFront : HttpFront
    this.front = new Front(this, 'Gateway', {
      platformName,
      router: this.router,
      control: this.control,
      ...(this.authorizer !== undefined && { authorizer: this.authorizer }),
      ...(this.console !== undefined && { console: this.console }),
      allowAnonymousInvoke: props.allowAnonymousInvoke ?? false,
      approvalLinks: props.approvalLinks ?? false,
      logGroup,
      throttle: { ...usualThrottle, ...props.throttle },
    })
  }

  /** Where applications call: every path begins after it. No slash at its end. */
  get url(): string {
    return this.front.url
  }

  /**
   * What a policy calls one route of the API.
   * @param method such as `POST`, or `*` @param path such as `/models/churn/invocations`; `*` and what is in braces is anything
   */
  arnFor(method: string, path: string): string {
    return this.front.arnFor(method, path)
  }

  /** Requests. */
  metricCount(props?: MetricOptions): Metric {
    return this.front.metricCount(props)
  }

  /** Answers of 5xx. */
  metricServerError(props?: MetricOptions): Metric {
    return this.front.metricServerError(props)
  }

  /** From a request to its answer, in milliseconds. */
  metricLatency(props?: MetricOptions): Metric {
    return this.front.metricLatency(props)
  }

  /** A function of its own: whoever calls it, control still answers. */
  private shows(logGroup: ILogGroup, callers: Callers): HandlerFunction {
    return new HandlerFunction(this, 'Console', {
      entry: 'console',
      handler: 'handler',
      environment: callers.environment,
      logGroup,
      timeout: Duration.seconds(10),
      memory: Size.mebibytes(256),
    })
  }

  private authorizes(
    registry: ModelRegistry,
    logGroup: ILogGroup,
    environment: Record<string, string>,
  ): HandlerFunction {
    const authorizer = new HandlerFunction(this, 'Authorizer', {
      entry: 'authorizer',
      handler: 'handler',
      environment,
      logGroup,
      // A gateway gives an authorizer 10 s.
      timeout: Duration.seconds(9),
    })
    grantTable(registry, authorizer, 'GetItem')
    return authorizer
  }
}

/** @throws Error where it could open to nobody */
function showsConsole({ kind }: Callers, asked: boolean | undefined): boolean {
  if (kind === 'iam' && asked === true)
    throw new Error(
      'console is true, and callers are those whom IAM knows: a page cannot sign what it asks. Leave it out, and open ' +
        'the console with `sluice console --platform URL`; or let callers have keys: Callers.apiKeys()',
    )
  return asked ?? kind !== 'iam'
}
