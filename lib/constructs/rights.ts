import { ArnFormat, Stack } from 'aws-cdk-lib'
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import type { Construct } from 'constructs'
import { type Machine, machines } from '../rules/operation.ts'
import { capturesPrefix, monitoringPrefix } from '../wiring/capture-layout.ts'
import { lockKeys, modelsPrefix, recordsPrefix, unpackedPrefix } from '../wiring/store-layout.ts'
import type { ModelRegistry } from './model-registry.ts'
import type { ModelStore } from './model-store.ts'

type Conditions = Record<string, Record<string, string | string[]>>

function allowWith(conditions: Conditions, grantee: IGrantable, resources: string[], ...actions: string[]) {
  grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources, conditions }))
}

/** Allow actions on resources. `allow.with(conditions, …)` allows them where conditions hold. */
export const allow = Object.assign(
  (grantee: IGrantable, resources: string[], ...actions: string[]) =>
    allowWith({}, grantee, resources, ...actions),
  { with: allowWith },
)

type TableAction = 'BatchGetItem' | 'ConditionCheckItem' | 'DeleteItem' | 'GetItem' | 'PutItem' | 'Query'

/** Let a function act on every item of the registry. */
export function grantTable({ table }: ModelRegistry, grantee: IGrantable, ...actions: TableAction[]): void {
  allow(grantee, [table.tableArn], ...actions.map((action) => `dynamodb:${action}`))
  table.encryptionKey?.grantEncryptDecrypt(grantee)
}

/**
 * Let the router count outcomes and what it could not record, note callers, and make the key that recorded values are
 * hashed with. It writes nothing else into the registry: strangers speak to it.
 */
export function grantCountOutcomes({ table }: ModelRegistry, grantee: IGrantable): void {
  const of = (...partitions: string[]) => ({
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': partitions },
  })
  allow.with(of('outcomes#*', 'calls#*', 'captures#*'), grantee, [table.tableArn], 'dynamodb:UpdateItem')
  allow.with(of('callers#*', 'capture-key'), grantee, [table.tableArn], 'dynamodb:PutItem')
}

/** Let a function see what was uploaded of a release, in which versions. */
export function grantListUploads({ bucket }: ModelStore, grantee: IGrantable): void {
  allow.with(under(modelsPrefix), grantee, [bucket.bucketArn], 's3:ListBucketVersions')
}

/** Let a function see the key of every upload. */
export function grantListKeys({ bucket }: ModelStore, grantee: IGrantable): void {
  allow.with(under(modelsPrefix), grantee, [bucket.bucketArn], 's3:ListBucket')
}

/** Let a function read what was frozen, by its version: uploads, and what came out of them. */
export function grantReadFrozen({ bucket }: ModelStore, grantee: IGrantable): void {
  const frozen = [modelsPrefix, unpackedPrefix].map((prefix) => bucket.arnForObjects(`${prefix}*`))
  allow(grantee, frozen, 's3:GetObjectVersion')
  bucket.encryptionKey?.grantDecrypt(grantee)
}

/** Let a function keep what comes out of uploads, each once, and see what stands there already. */
export function grantKeepUnpacked({ bucket }: ModelStore, grantee: IGrantable): void {
  const unpacked = [bucket.arnForObjects(`${unpackedPrefix}*`)]
  // What a version was made of is never written over, whatever the code says.
  allow.with({ Null: { 's3:if-none-match': 'false' } }, grantee, unpacked, 's3:PutObject')
  allow(grantee, unpacked, 's3:GetObject')
  bucket.encryptionKey?.grantEncrypt(grantee)
}

/** Let a function add records, each once and locked, and see how far they go. */
export function grantWriteRecords(store: ModelStore, grantee: IGrantable): void {
  grantAddRecords(store, grantee)
  allow.with(under(recordsPrefix), grantee, [store.bucket.bucketArn], 's3:ListBucket')
}

/** Let a function add records, each once and locked, that may read them as well: who reads may list already. */
export function grantAddRecords({ bucket }: ModelStore, grantee: IGrantable): void {
  const records = [bucket.arnForObjects(`${recordsPrefix}*`)]
  allow.with(once, grantee, records, 's3:PutObject')
  allow(grantee, records, 's3:PutObjectRetention')
  bucket.encryptionKey?.grantEncrypt(grantee)
}

/**
 * Let a function read records. It may list the whole bucket: S3 says that an object is missing, and not forbidden, only
 * to those who may, and a condition on the prefix is not met by a request that has none.
 */
export function grantReadRecords(store: ModelStore, grantee: IGrantable): void {
  readUnder(recordsPrefix, store, grantee)
}

/**
 * Let a function read recorded calls. It may list the bucket: what it has listed may be forgotten before it is read, and
 * S3 says so only to those who may.
 */
export function grantReadCaptures(store: ModelStore, grantee: IGrantable): void {
  readUnder(capturesPrefix, store, grantee)
}

/** Let a function that reads recorded calls keep what it found in them, and forget what is old: it may list already. */
export function grantKeepFindings({ bucket }: ModelStore, grantee: IGrantable): void {
  const findings = [bucket.arnForObjects(`${monitoringPrefix}*`)]
  allow(grantee, findings, 's3:PutObject', 's3:DeleteObject')
  bucket.encryptionKey?.grantEncrypt(grantee)
}

/** Let a function read what monitoring found. It may list the bucket: what it has listed may be gone before it is read. */
export function grantReadFindings(store: ModelStore, grantee: IGrantable): void {
  readUnder(monitoringPrefix, store, grantee)
}

/** Let a function forget what monitoring found and is old. */
export function grantForgetFindings({ bucket }: ModelStore, grantee: IGrantable): void {
  allow(grantee, [bucket.arnForObjects(`${monitoringPrefix}*`)], 's3:DeleteObject')
}

/**
 * Let a function ask for locks, and keep them: each is written once. It may list the bucket, for it asks for what is not
 * there yet, and S3 says so only to those who may.
 */
export function grantKeepLocks({ bucket }: ModelStore, grantee: IGrantable): void {
  allow(grantee, lockObjects(bucket, 'resolved', 'refused', 'unbuilt'), 's3:GetObject')
  allow.with(once, grantee, lockObjects(bucket, 'asked', 'lock'), 's3:PutObject')
  allow(grantee, [bucket.bucketArn], 's3:ListBucket')
  bucket.encryptionKey?.grantEncryptDecrypt(grantee)
}

/** Let a build read what is asked for and locks, resolve each once, and tell why it could not. */
export function grantBuildLocks({ bucket }: ModelStore, grantee: IGrantable): void {
  allow(grantee, lockObjects(bucket, 'asked', 'lock'), 's3:GetObject')
  allow.with(once, grantee, lockObjects(bucket, 'resolved'), 's3:PutObject')
  allow(grantee, lockObjects(bucket, 'refused'), 's3:PutObject')
  bucket.encryptionKey?.grantEncryptDecrypt(grantee)
}

/** Let a build tell why it could not build, and nothing else: what it runs is somebody else's. */
export function grantTellUnbuilt({ bucket }: ModelStore, grantee: IGrantable): void {
  allow(grantee, lockObjects(bucket, 'unbuilt'), 's3:PutObject')
  bucket.encryptionKey?.grantEncrypt(grantee)
}

function lockObjects(bucket: IBucket, ...kinds: (keyof typeof lockKeys)[]): string[] {
  return kinds.map((kind) => bucket.arnForObjects(lockKeys[kind]('*')))
}

/** Let a function keep what monitoring leaves for itself. It may list the bucket: S3 tells only those that a document is missing. */
export function grantKeepMonitoring({ bucket }: ModelStore, grantee: IGrantable): void {
  allow(grantee, [bucket.arnForObjects(`${monitoringPrefix}*`)], 's3:GetObject', 's3:PutObject')
  allow(grantee, [bucket.bucketArn], 's3:ListBucket')
  bucket.encryptionKey?.grantEncryptDecrypt(grantee)
}

/** Let a function that reads recorded calls remove those whose time is over. */
export function grantForgetCaptures({ bucket }: ModelStore, grantee: IGrantable): void {
  allow(grantee, [bucket.arnForObjects(`${capturesPrefix}*`)], 's3:DeleteObject')
}

function readUnder(prefix: string, { bucket }: ModelStore, grantee: IGrantable): void {
  allow(grantee, [bucket.arnForObjects(`${prefix}*`)], 's3:GetObject')
  allow(grantee, [bucket.bucketArn], 's3:ListBucket')
  bucket.encryptionKey?.grantDecrypt(grantee)
}

/** Nothing is written over, whatever the code says. */
const once: Conditions = { Null: { 's3:if-none-match': 'false' } }

function under(prefix: string): Conditions {
  return { StringLike: { 's3:prefix': `${prefix}*` } }
}

/** Let a function start machines of a kind. By name, not by reference: steps start the machine they belong to. */
export function grantStart(
  scope: Construct,
  platformName: string,
  grantee: IGrantable,
  ...kinds: Machine[]
): void {
  const prefix = machineArnPrefix(scope, platformName)
  const arns = kinds.map((machine) => `${prefix}${machine}`)
  allow(grantee, arns, 'states:StartExecution')
}

/** Let a function see whether an execution of a platform's machines is under way. */
export function grantSeeExecutions(scope: Construct, platformName: string, grantee: IGrantable): void {
  const executions = machines.map((machine) =>
    Stack.of(scope).formatArn({
      service: 'states',
      resource: 'execution',
      resourceName: `${platformName}-${machine}:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }),
  )
  allow(grantee, executions, 'states:DescribeExecution')
}

/** A state machine's ARN up to its kind. */
export function machineArnPrefix(scope: Construct, platformName: string): string {
  return Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: `${platformName}-`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  })
}

type EndpointAction =
  | 'CreateFunction'
  | 'DeleteFunction'
  | 'GetFunction'
  | 'GetFunctionConcurrency'
  | 'InvokeFunction'
  | 'ListTags'
  | 'PutFunctionConcurrency'
  | 'TagResource'

/** Let a function act on the functions that releases make. */
export function grantOnEndpoints(
  scope: Construct,
  platformName: string,
  grantee: IGrantable,
  ...actions: EndpointAction[]
): void {
  allow(grantee, [endpointArns(scope, platformName)], ...actions.map((action) => `lambda:${action}`))
}

/** The functions that releases make: named by `resourceName`, whose first part is the platform's name. */
export function endpointArns(scope: Construct, platformName: string): string {
  return Stack.of(scope).formatArn({
    service: 'lambda',
    resource: `function:${platformName}-*`,
  })
}
