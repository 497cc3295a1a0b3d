import { Annotations, Stack } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { Construct } from 'constructs'

/** Let CloudWatch Logs use a person's key for the log groups of this account and Region. */
export function allowLogs(scope: Construct, key: IKey): void {
  const stack = Stack.of(scope)
  const groups = stack.formatArn({ service: 'logs', resource: 'log-group:*' })
  allow(
    scope,
    key,
    new PolicyStatement({
      sid: 'LogsEncrypt',
      principals: [new ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
      actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
      resources: ['*'],
      conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': groups } },
    }),
  )
}

/** Let EventBridge put into a queue that a person's key encrypts what it could not deliver. */
export function allowEvents(scope: Construct, key: IKey): void {
  allow(
    scope,
    key,
    new PolicyStatement({
      sid: 'EventsEncrypt',
      principals: [new ServicePrincipal('events.amazonaws.com')],
      actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
      resources: ['*'],
    }),
  )
}

function allow(scope: Construct, key: IKey, statement: PolicyStatement): void {
  if (key.addToResourcePolicy(statement, true).statementAdded) return
  Annotations.of(scope).addWarningV2(
    `sluice:key-policy-${statement.sid}`,
    `the policy of the imported encryptionKey cannot be changed from here; it must have: ${JSON.stringify(Stack.of(scope).resolve(statement.toStatementJson()))}`,
  )
}
