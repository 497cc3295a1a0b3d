import { RemovalPolicy } from 'aws-cdk-lib'
import { AttributeType, Billing, type CfnGlobalTable, type ITableV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { Construct } from 'constructs'

export interface ModelRegistryProps {
  /** What encrypts the table. @default - a key that DynamoDB owns, free of charge */
  readonly encryptionKey?: IKey
  /** What becomes of the table when the stack is destroyed. @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy
}

/** The registry: one table, on demand, restorable to any second of the last 35 days. */
export class ModelRegistry extends Construct {
  readonly table: ITableV2

  constructor(scope: Construct, id: string, props: ModelRegistryProps = {}) {
    super(scope, id)
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN
    const table = new TableV2(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'expiresAt',
      deletionProtection: removalPolicy === RemovalPolicy.RETAIN,
      removalPolicy,
    })
    this.table = props.encryptionKey === undefined ? table : this.encrypted(table, props.encryptionKey)
  }
  /**
   * `TableEncryptionV2.customerManagedKey` refuses a stack that names no Region, because of replicas that are not here.
   * @returns the table as it is granted: with the key
   */
  private encrypted(table: TableV2, encryptionKey: IKey): ITableV2 {
    const plain = table.node.defaultChild as CfnGlobalTable
    plain.sseSpecification = { sseEnabled: true, sseType: 'KMS' }
    plain.addPropertyOverride('Replicas.0.SSESpecification.KMSMasterKeyId', encryptionKey.keyArn)
    return TableV2.fromTableAttributes(this, 'Encrypted', { tableName: table.tableName, encryptionKey })
  }
}
