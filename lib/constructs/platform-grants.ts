import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import { parseModelName, parseMovableAlias } from '../rules/names.ts'
import { rolloutControls } from '../rules/rollout-control.ts'
import { modelsPrefix } from '../wiring/store-layout.ts'

/** What the rights of callers are rights on. */
export interface PlatformAccess {
  readonly bucket: IBucket
  /** The execute-api ARN of a method and a path. */
  arnFor(method: string, path: string): string
}

export function grantInvocation({ arnFor }: PlatformAccess, grantee: IGrantable, models: string[]): Grant {
  const paths = ['', '/aliases/*', '/versions/*'].map((of) => `${of}/invocations`)
  // Who asks for predictions is who learns what they turned out to be.
  return call(
    grantee,
    places(models).flatMap((model) =>
      [...paths, '/feedback'].map((path) => arnFor('POST', `/models/${model}${path}`)),
    ),
  )
}

export function grantPublication(access: PlatformAccess, grantee: IGrantable, models: string[]): Grant {
  const { bucket } = access
  const prefixes = places(models).map((model) => `${modelsPrefix}${model}/*`)
  const objects = Grant.addToPrincipal({
    grantee,
    // What a push finds of a version that failed makes room; of an upload that is stopped, the parts. In a bucket with
    // versions, to delete is to hide: what a release has taken hold of stays.
    actions: ['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload', 's3:DeleteObject'],
    resourceArns: prefixes.map((prefix) => bucket.arnForObjects(prefix)),
  })
  const listing = Grant.addToPrincipal({
    grantee,
    actions: ['s3:ListBucket'],
    resourceArns: [bucket.bucketArn],
    conditions: { StringLike: { 's3:prefix': prefixes } },
  })
  // To complete an upload in parts, S3 decrypts them.
  const key = bucket.encryptionKey?.grant(grantee, 'kms:GenerateDataKey', 'kms:Decrypt')
  const grants = [listing, ...(key === undefined ? [] : [key]), reading(access, grantee, models)]
  return grants.reduce((all, one) => all.combine(one), objects)
}

export function grantPromotion(access: PlatformAccess, grantee: IGrantable, models: string[]): Grant {
  const { arnFor } = access
  const asked = places(models).flatMap((model) => [
    ...['promotions', 'rollbacks', 'shadows', 'comparisons'].map((what) =>
      arnFor('POST', `/models/${model}/${what}`),
    ),
    ...movesOf(access, model, '*'),
  ])
  // What names the operation alone could be of any model.
  const ofOperations = ['approval', 'approval/links', ...rolloutControls]
  const ofAny = models.length > 0 ? [] : ofOperations.map((what) => arnFor('POST', `/operations/*/${what}`))
  return call(grantee, [...asked, ...ofAny]).combine(reading(access, grantee, models))
}

export function grantAliasPromotion(
  access: PlatformAccess,
  grantee: IGrantable,
  aliases: string[],
  models: string[],
): Grant {
  if (aliases.length === 0)
    throw new Error('no alias was named; name those that may be moved, or use grantPromote')
  const names = aliases.map(parseMovableAlias)
  const asked = places(models).flatMap((model) => names.flatMap((alias) => movesOf(access, model, alias)))
  return call(grantee, asked).combine(reading(access, grantee, models))
}

function movesOf({ arnFor }: PlatformAccess, model: string, alias: string): string[] {
  return [
    ...['promotions', 'rollbacks', 'shadows', 'operations/*'].map((what) =>
      arnFor('POST', `/models/${model}/aliases/${alias}/${what}`),
    ),
    arnFor('DELETE', `/models/${model}/shadows/${alias}`),
  ]
}

export function grantHistory(access: PlatformAccess, grantee: IGrantable, models: string[]): Grant {
  return reading(access, grantee, models)
}

/** Who works with some models sees nothing of the others but the operations whose ids it was told. */
function reading({ arnFor }: PlatformAccess, grantee: IGrantable, models: string[]): Grant {
  const ofModels = places(models).flatMap((model) => [`/models/${model}`, `/models/${model}/*`])
  const ofAll = models.length === 0 ? ['/models', '/traffic', '/events', '/verification', '/approvals'] : []
  return call(
    grantee,
    ['/health', ...ofAll, ...ofModels, '/operations/*'].map((path) => arnFor('GET', path)),
  )
}

function call(grantee: IGrantable, resourceArns: string[]): Grant {
  return Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns })
}

/** @throws Problem `model-name-malformed`: a `*` in a name would be a right on others */
function places(models: string[]): string[] {
  return models.length === 0 ? ['*'] : models.map(parseModelName)
}
