import { existsSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { AssetHashType, Duration, Size } from 'aws-cdk-lib'
import {
  Architecture,
  type CfnFunction,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda'
import type { ILogGroup } from 'aws-cdk-lib/aws-logs'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import { buildSync } from 'esbuild'
import type { StepName } from '../wiring/handler-names.ts'
import { stepMetadata } from '../wiring/handler-names.ts'
import { putConsole } from './console-files.ts'
import { OwnRole } from './own-role.ts'

const root = join(import.meta.dirname, '..', '..')
const lambdas = join(root, 'lambdas')

export interface HandlerFunctionProps {
  /** The entry under lambdas/aws, without its extension: everything it exports goes into one bundle. */
  readonly entry:
    | 'steps'
    | 'router'
    | 'control'
    | 'intake'
    | 'upkeep'
    | 'sweeper'
    | 'monitoring'
    | 'shadow'
    | 'authorizer'
    | 'console'
  /** The exported handler. */
  readonly handler: string
  readonly environment: Record<string, string>
  readonly logGroup: ILogGroup
  /** @default Duration.seconds(30) */
  readonly timeout?: Duration
  /** In MiB. @default Size.mebibytes(512) */
  readonly memory?: Size
  /** @default - unreserved */
  readonly reservedConcurrentExecutions?: number
  /**
   * Events that nobody waits for are given up where the function fails at them, and once they are so old.
   * @default - they are tried twice more, and for six hours
   */
  readonly oncePerEventWithin?: Duration
  /** More options of Node's. @default - none */
  readonly nodeOptions?: string[]
  /** Where an event goes that the function could not take, all tries over. @default - none: who calls waits for the answer */
  readonly deadLetterQueue?: IQueue
  /** The step that the function is, for those who read the template. @default - none */
  readonly step?: StepName
}

/** A function of the platform: Node 24 on arm64, bundled by esbuild, logging as JSON to the shared group. */
export class HandlerFunction extends LambdaFunction {
  /** The entry under lambdas/aws that it was bundled from, and what of it is called. */
  readonly entry: string
  readonly exported: string

  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    super(scope, id, {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: bundled(props.entry),
      handler: `index.${props.handler}`,
      environment: {
        NODE_OPTIONS: ['--enable-source-maps', ...(props.nodeOptions ?? [])].join(' '),
        ...props.environment,
      },
      role: roleOf(scope, id, props.logGroup),
      logGroup: props.logGroup,
      loggingFormat: LoggingFormat.JSON,
      timeout: props.timeout ?? Duration.seconds(30),
      memorySize: (props.memory ?? Size.mebibytes(512)).toMebibytes(),
      ...(props.deadLetterQueue !== undefined && { deadLetterQueue: props.deadLetterQueue }),
      ...(props.oncePerEventWithin !== undefined && {
        retryAttempts: 0,
        maxEventAge: props.oncePerEventWithin,
      }),
      ...(props.reservedConcurrentExecutions !== undefined && {
        reservedConcurrentExecutions: props.reservedConcurrentExecutions,
      }),
    })
    this.entry = props.entry
    this.exported = props.handler
    if (props.step !== undefined)
      (this.node.defaultChild as CfnFunction).addMetadata(stepMetadata, props.step)
  }
}

/** A role of its own, that may write the shared log and gets whatever else the function is granted. */
function roleOf(scope: Construct, id: string, logGroup: ILogGroup): OwnRole {
  const role = new OwnRole(scope, `${id}Role`, {
    service: 'lambda.amazonaws.com',
    description: `The function ${id} of Sluice.`,
  })
  logGroup.grantWrite(role)
  return role
}

/** One asset an entry, however many handlers it exports. */
function bundled(entry: HandlerFunctionProps['entry']): Code {
  const source = ['.ts', '.js'].map((end) => join(lambdas, 'aws', `${entry}${end}`)).find(existsSync)
  if (source === undefined) throw new Error(`no entry lambdas/aws/${entry}`)
  return Code.fromAsset(lambdas, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: Runtime.NODEJS_24_X.bundlingImage,
      // Never run, but part of CDK's cache key: without it every function gets the first function's bundle.
      command: ['esbuild', source],
      local: {
        tryBundle(outputDir) {
          const { outputFiles } = buildSync({
            entryPoints: { index: source },
            // As if it lay at the root: its map, and so its hash, must not say where this was installed.
            absWorkingDir: root,
            outdir: root,
            outExtension: { '.js': '.mjs' },
            write: false,
            bundle: true,
            // What is imported late lies in a file of its own, and a start does not read it.
            splitting: true,
            platform: 'node',
            target: 'node24',
            format: 'esm',
            mainFields: ['module', 'main'],
            minify: true,
            sourcemap: true,
            sourcesContent: false,
            logLevel: 'warning',
            banner: {
              js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
            },
          })
          for (const { path, contents } of outputFiles)
            writeFileSync(join(outputDir, relative(root, path)), contents)
          if (entry === 'console') putConsole(join(outputDir, 'console'))
          return true
        },
      },
    },
  })
}
