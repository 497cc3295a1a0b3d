import { join } from 'node:path'
import {
  CreateFunctionCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda'
import { expect, test } from '@jest/globals'
import { build } from 'esbuild'
import { AsyncShadows } from '../../lambdas/aws/async-shadows.ts'
import { DynamoRegistry } from '../../lambdas/aws/dynamo-registry.ts'
import { S3Monitoring } from '../../lambdas/aws/s3-monitoring.ts'
import { keptShadows } from '../../lambdas/comparison/kept-shadows.ts'
import type { ShadowedCall } from '../../lambdas/comparison/shadows.ts'
import { resourceName } from '../../lib/rules/names.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import { environment } from '../../lib/wiring/environment.ts'
import { zip } from '../archives/zip-bytes.ts'
import { emulated } from '../harness/emulator/ministack.ts'
import { readyRecord } from '../harness/records.ts'
import { until } from '../harness/until.ts'
import type { AwsWorld } from './aws-world.ts'

const platform = 'shadows'
const signature: Signature = {
  inputs: [{ name: 'x', type: 'float64', shape: [] }],
  outputs: [{ name: 'y', type: 'float64', shape: [] }],
}
/** A model function without its container: three times what it is given, and never an answer to thirteen. */
const threefold = `export const handler = async ({ body }) => {
  const { inputs } = JSON.parse(body)
  if (inputs.x.includes(13)) throw new Error('unlucky')
  return { statusCode: 200, headers: {}, body: JSON.stringify({ predictions: inputs.x.map((x) => 3 * x) }) }
}`

/** The function that asks shadows, bundled as it is deployed, asked by asynchronous invocations. */
export function shadowCases(aws: AwsWorld): void {
  test('calls that are handed over on AWS are asked once, compared and kept by a function', async () => {
    const { client: documents, table } = await aws.table()
    const { client: s3, bucket } = await aws.store()
    const registry = new DynamoRegistry(documents, table)
    const name = (version: string) => resourceName(platform, 'churn', version)
    for (const version of ['1.0.0', '1.1.0']) {
      const record = readyRecord('churn', version, signature, 'capture: {samplePercent: 10}\n')
      await registry.claim({ ...record, endpoint: { host: 'lambda', name: name(version) } })
    }
    const lambda = new LambdaClient({ ...aws.client, maxAttempts: 1 })
    await functionOf(lambda, name('1.1.0'), threefold)
    const told = { table, bucket, platform, servingRole: 'any', servingLogGroup: 'any', capture: 'false' }
    const variables = Object.entries(environment).map(([key, variable]) => [
      variable,
      (told as Partial<Record<string, string>>)[key] ?? '{}',
    ])
    const asks = aws.name('asks-shadows')
    await functionOf(lambda, asks, await bundleOf('shadow'), Object.fromEntries(variables))
    // As the construct has it.
    await lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName: asks, ReservedConcurrentExecutions: 1 }),
    )
    await lambda.send(
      new PutFunctionEventInvokeConfigCommand({
        ...{ FunctionName: asks, MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
      }),
    )

    const clock = { now: () => Date.now() }
    const shadows = new AsyncShadows({ functionName: asks, clock, client: lambda })
    const monitoring = new S3Monitoring(s3, bucket)
    const found = async (asked: number) =>
      until(
        `${asked} calls were asked`,
        async () => {
          await shadows.flush()
          const [kept, ...others] = await keptShadows({ monitoring }, 'churn')
          expect(others).toEqual([])
          return kept?.asked === asked && kept
        },
        60_000,
      )
    for (let x = 1; x <= 15; x += 1) shadows.cast(call(x, 3 * x + (x <= 5 ? 1 : 0)))
    await shadows.handOver()
    expect(await found(15)).toMatchObject({
      ...{ alias: 'live', by: 'shadow-1', dropped: 0, unfit: 0 },
      report: {
        ...{ a: '1.0.0', b: '1.1.0', compared: 15, agreed: 9 },
        errors: { a: {}, b: { 'endpoint-unavailable': 1 } },
      },
    })
    // What is too large for an event is counted, and the comparison goes on.
    shadows.cast(call(16, 48, { bodyBytes: 2_000_000 }))
    shadows.cast(call(17, 51))
    await shadows.handOver()
    const { dropped, report } = await found(16)
    expect([dropped, report.compared, report.agreed]).toEqual([1, 16, 10])
    for (const client of [lambda, s3, documents]) client.destroy()
  }, 120_000)
}

const call = (x: number, y: number, more: Partial<ShadowedCall> = {}): ShadowedCall => ({
  ...{ requestId: `r${x}`, model: 'churn', alias: 'live', version: '1.0.0', latencyMs: 1, bodyBytes: 9 },
  shadow: { version: '1.1.0', samplePercent: 100, tolerance: 0.01, by: 'shadow-1' },
  records: [{ x }],
  answer: new TextEncoder().encode(`{"predictions":[${y}]}`),
  ...more,
})

async function functionOf(
  client: LambdaClient,
  FunctionName: string,
  code: string,
  Variables: Readonly<Record<string, string>> = {},
): Promise<void> {
  await client.send(
    new CreateFunctionCommand({
      ...{ FunctionName, Runtime: 'nodejs24.x', Handler: 'index.handler', Timeout: 60 },
      Role: `arn:aws:iam::${emulated.account}:role/any`,
      Code: { ZipFile: zip([{ name: 'index.mjs', body: code }]) },
      Environment: { Variables },
    }),
  )
  await waitUntilFunctionActiveV2({ client, maxWaitTime: 60 }, { FunctionName })
}

/** An entry of `lambdas/aws` in one file. */
async function bundleOf(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, '..', '..', 'lambdas', 'aws', `${entry}.ts`)],
    ...{ bundle: true, write: false, platform: 'node', target: 'node24', format: 'esm', minify: true },
    mainFields: ['module', 'main'],
    logLevel: 'silent',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  })
  return outputFiles[0]?.text ?? ''
}
