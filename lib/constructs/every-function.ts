import type { IKey } from 'aws-cdk-lib/aws-kms'
import { type CfnFunction, Tracing } from 'aws-cdk-lib/aws-lambda'
import type { IConstruct } from 'constructs'
import { HandlerFunction } from './handler-function.ts'
import { allow } from './rights.ts'

/** What a person asks of every function of the platform alike, whoever made it. */
export function askOfFunctions(
  within: IConstruct,
  { encryptionKey, tracing }: { readonly encryptionKey?: IKey; readonly tracing?: boolean },
): void {
  for (const fn of within.node.findAll()) {
    if (!(fn instanceof HandlerFunction)) continue
    const resource = fn.node.defaultChild as CfnFunction
    if (encryptionKey !== undefined) {
      resource.kmsKeyArn = encryptionKey.keyArn
      encryptionKey.grantDecrypt(fn)
    }
    if (tracing === true) {
      resource.tracingConfig = { mode: Tracing.ACTIVE }
      // Traces have no ARN.
      allow(fn, ['*'], 'xray:PutTraceSegments', 'xray:PutTelemetryRecords')
    }
  }
}
