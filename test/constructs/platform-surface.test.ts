import { beforeAll, describe, expect, test } from '@jest/globals'
import { type CfnResource, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets'
import { AccountRootPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { type IModelPlatform, ModelPlatform } from '../../lib/index.ts'
import { allows, type Statement, statementsOf } from './policies.ts'
import { emptyApp, onlyOne, resourcesOf, spelt } from './synthesized.ts'

/** Roles that were granted one thing each, of all models and of two. */
function granted(platform: IModelPlatform, stack: Stack) {
  const role = (id: string) => new Role(stack, id, { assumedBy: new ServicePrincipal('ec2.amazonaws.com') })
  const grants = {
    invokes: platform.grantInvoke(role('invokes')),
    invokesTwo: platform.grantInvoke(role('invokesTwo'), 'churn', 'fraud'),
    publishes: platform.grantPublish(role('publishes')),
    publishesTwo: platform.grantPublish(role('publishesTwo'), 'churn', 'fraud'),
    promotes: platform.grantPromote(role('promotes')),
    promotesTwo: platform.grantPromote(role('promotesTwo'), 'churn', 'fraud'),
    promotesStaging: platform.grantPromoteAlias(role('promotesStaging'), ['staging'], 'churn'),
    reads: platform.grantReadHistory(role('reads')),
    readsTwo: platform.grantReadHistory(role('readsTwo'), 'churn', 'fraud'),
  }
  return {
    grants,
    idOf: (name: string) =>
      String(stack.resolve((stack.node.findChild(name).node.defaultChild as CfnResource).logicalId)),
  }
}

let template: Template
let own: ReturnType<typeof granted>
let api: string
let bucket: string
let key: string

beforeAll(() => {
  const stack = new Stack(emptyApp(), 'Own')
  const encryptionKey = new Key(stack, 'Key')
  own = granted(new ModelPlatform(stack, 'Models', { encryptionKey }), stack)
  template = Template.fromStack(stack)
  const apiId = onlyOne(template, 'AWS::ApiGatewayV2::Api').id
  api = `arn:aws:execute-api:eu-central-1:111122223333:<${apiId}>/$default/`
  bucket = `<${onlyOne(template, 'AWS::S3::Bucket').id}.Arn>`
  key = `<${onlyOne(template, 'AWS::KMS::Key').id}.Arn>`
})

const statements = (name: string) => statementsOf(template, own.idOf(name))
const calls = (name: string, route: string) =>
  allows(statements(name), 'execute-api:Invoke', api + route.replace(' ', ''))
const touches = (name: string, action: string, path: string) =>
  allows(statements(name), `s3:${action}`, `${bucket}/${path}`)

const predictions = [
  'POST /models/churn/invocations',
  'POST /models/churn/aliases/staging/invocations',
  'POST /models/churn/versions/^1.2/invocations',
  'POST /models/churn/feedback',
]
const moves = [
  'POST /models/churn/promotions',
  'POST /models/churn/rollbacks',
  'POST /models/churn/shadows',
  'DELETE /models/churn/shadows/live',
  'POST /models/churn/comparisons',
  'POST /models/churn/aliases/live/operations/promotion-1-2/pause',
  'POST /models/churn/aliases/live/operations/promotion-1-2/abort',
]
const readings = [
  'GET /health',
  'GET /models/churn',
  'GET /models/churn/history',
  'GET /models/churn/versions/1.0.0',
  'GET /models/churn/verification',
  'GET /models/churn/quality',
  'GET /models/churn/drift',
  'GET /models/churn/shadows',
  'GET /operations/release-1-2',
]
const ofEveryModel = ['GET /models', 'GET /verification']
const others = [
  'POST /models/churn/retirements',
  'POST /models/churn/webhook-secret',
  'DELETE /models/churn',
  'POST /health',
]
const all = [...predictions, ...moves, ...readings, ...ofEveryModel, ...others]

describe('a grant over the API', () => {
  test.each<[string, readonly string[]]>([
    ['invokes', predictions],
    ['invokesTwo', predictions],
    ['publishes', [...readings, ...ofEveryModel]],
    ['publishesTwo', readings],
    ['promotes', [...moves, ...readings, ...ofEveryModel]],
    ['promotesTwo', [...moves, ...readings]],
    ['reads', [...readings, ...ofEveryModel]],
    ['readsTwo', readings],
  ])('%s allows that and nothing else', (name, allowed) => {
    expect(all.filter((route) => calls(name, route))).toEqual(all.filter((route) => allowed.includes(route)))
  })

  test.each(['invokesTwo', 'publishesTwo', 'promotesTwo', 'readsTwo'])(
    '%s reaches the models that it names, and none whose name begins alike',
    (name) => {
      const of = (model: string) =>
        all.map((route) => route.replace('churn', model)).filter((route) => route.includes(model))
      const count = (model: string) => of(model).filter((route) => calls(name, route)).length
      expect([count('churn') > 0, count('fraud')]).toEqual([true, count('churn')])
      for (const model of ['churn-eu', 'chur', 'other']) expect([model, count(model)]).toEqual([model, 0])
    },
  )

  test('reaches no other API, and no other stage', () => {
    for (const name of Object.keys(own.grants))
      for (const arn of [
        'arn:aws:execute-api:eu-central-1:111122223333:other/$default/GET/health',
        api.replace('$default', 'dev').concat('GET/health'),
      ])
        expect([name, allows(statements(name), 'execute-api:Invoke', arn)]).toEqual([name, false])
  })
})

describe('a grant to publish', () => {
  const actions = ['PutObject', 'GetObject', 'AbortMultipartUpload', 'DeleteObject']

  test.each(actions)('allows what `sluice push` calls: %s, under models/ only', (action) => {
    expect(touches('publishes', action, 'models/other/1.0.0/model.yaml')).toBe(true)
    expect(touches('publishesTwo', action, 'models/churn/1.0.0/model.yaml')).toBe(true)
    expect(touches('publishesTwo', action, 'models/fraud/1.0.0.onnx')).toBe(true)
    for (const path of [
      'models/churn-eu/1.0.0/model.yaml',
      'models/other/1.0.0.onnx',
      'records/churn/1.json',
    ])
      expect([path, touches('publishesTwo', action, path)]).toEqual([path, false])
    expect(touches('publishes', action, 'records/churn/1.json')).toBe(false)
  })

  test('lists what is asked for, and not the bucket', () => {
    const lists = (name: string, prefix: string) =>
      allows(statements(name), 's3:ListBucket', bucket, { 's3:prefix': prefix })
    expect(lists('publishesTwo', 'models/churn/1.0.0')).toBe(true)
    for (const prefix of ['', 'models/', 'models/churn', 'models/churn-eu/1.0.0', 'records/'])
      expect([prefix, lists('publishesTwo', prefix)]).toEqual([prefix, false])
    expect(lists('publishes', 'models/other/')).toBe(true)
    expect(lists('publishes', 'records/')).toBe(false)
  })

  test('never allows a version of an object to go, or its lock', () => {
    for (const action of ['DeleteObjectVersion', 'PutObjectRetention', 'BypassGovernanceRetention'])
      expect(touches('publishes', action, 'models/churn/1.0.0/model.yaml')).toBe(false)
  })

  test('comes with the key, and no other grant does', () => {
    for (const name of Object.keys(own.grants))
      for (const action of ['kms:GenerateDataKey', 'kms:Decrypt'])
        expect([name, allows(statements(name), action, key)]).toEqual([name, name.startsWith('publishes')])
  })
})

describe('a grant', () => {
  test('says that it was given', () => {
    for (const [name, grant] of Object.entries(own.grants))
      expect([name, grant.success]).toEqual([name, true])
  })

  test.each(['*', 'churn*', 'Churn', 'a/b', ''])('refuses %j, which is the name of no model', (name) => {
    const stack = new Stack(emptyApp(), 'Bad')
    const platform = new ModelPlatform(stack, 'Models')
    const grantee = new AccountRootPrincipal()
    for (const grant of ['grantInvoke', 'grantPublish', 'grantPromote', 'grantReadHistory'] as const)
      expect(() => platform[grant](grantee, name)).toThrow(/is not a model name; allowed are/)
    expect(() => platform.metricErrors({ model: name })).toThrow(/is not a model name/)
    expect(() => platform.onPromoted('Told', { models: [name] })).toThrow(/is not a model name/)
  })
})

test('a right on one alias moves that alias and decides on it, and no other', () => {
  const at = (place: string) =>
    ['promotions', 'rollbacks', 'shadows', 'operations/x/approval'].map((what) =>
      calls('promotesStaging', `POST /models/${place}/${what}`),
    )
  expect(at('churn/aliases/staging')).toEqual([true, true, true, true])
  for (const other of ['churn/aliases/live', 'churn', 'fraud/aliases/staging'])
    expect([other, at(other)]).toEqual([other, [false, false, false, false]])
  const lifts = (place: string) => calls('promotesStaging', `DELETE /models/${place}`)
  expect(['churn/shadows/staging', 'churn/shadows/live'].map(lifts)).toEqual([true, false])
  expect(calls('promotesStaging', 'POST /operations/x/approval')).toBe(false)
})

describe('a platform of another stack', () => {
  let imported: Template
  let there: ReturnType<typeof granted>

  beforeAll(() => {
    const stack = new Stack(emptyApp(), 'Beside')
    const platform = ModelPlatform.fromPlatformName(stack, 'Models', 'sluice')
    there = granted(platform, stack)
    platform.onPromoted('Promoted', { target: new SqsQueue(new Queue(stack, 'Queue')) })
    imported = Template.fromStack(stack)
  })

  /** What a deployment would put in for a parameter: what the platform's own template wrote there. */
  function told(text: string): string {
    const values = new Map(
      resourcesOf<{ Name: string; Value: unknown }>(template, 'AWS::SSM::Parameter').map(
        ([, { Properties }]) => [Properties.Name, Properties.Value],
      ),
    )
    const names = imported.toJSON()['Parameters'] as Record<string, { Default: string }>
    return text.replaceAll(/<(\w+)>/g, (whole, id: string) => {
      const value = values.get(names[id]?.Default ?? '')
      return value === undefined ? whole : deployed(value)
    })
  }

  /** As `spelt`, and with the two functions that a deployment evaluates here. */
  function deployed(value: unknown): string {
    const { 'Fn::Select': select } = value as {
      'Fn::Select'?: [number | string, { 'Fn::Split': [string, unknown] }]
    }
    if (select !== undefined)
      return deployed(select[1]['Fn::Split'][1]).split(select[1]['Fn::Split'][0])[Number(select[0])] ?? ''
    return spelt(value)
  }

  test.each([
    'invokes',
    'invokesTwo',
    'publishes',
    'publishesTwo',
    'promotes',
    'promotesTwo',
    'reads',
    'readsTwo',
  ])('is granted the same: %s', (name) => {
    const plain = (from: readonly Statement[], read: (value: unknown) => string) =>
      from
        .filter(({ Action }) => !JSON.stringify(Action).includes('kms:'))
        .map(({ Resource, ...rest }) => ({ ...rest, Resource: [Resource].flat().map(read).toSorted() }))
    const bucketArn = (arn: string) => arn.replaceAll(/<(\w+)\.Arn>/g, 'arn:aws:s3:::<$1>')
    expect(plain(statementsOf(imported, there.idOf(name)), (value) => told(spelt(value)))).toEqual(
      plain(statements(name), (value) => bucketArn(spelt(value))),
    )
  })

  test('holds on to nothing: it reads parameters, and imports no export', () => {
    expect(JSON.stringify(imported.toJSON())).not.toContain('Fn::ImportValue')
    const parameters = Object.values(imported.toJSON()['Parameters'] as Record<string, { Default: string }>)
    expect(
      parameters
        .map(({ Default }) => Default)
        .filter((name) => name.startsWith('/sluice/'))
        .toSorted(),
    ).toEqual([
      '/sluice/sluice/api-arn',
      '/sluice/sluice/api-url',
      '/sluice/sluice/encryption-key',
      '/sluice/sluice/store-bucket',
    ])
  })

  test('makes nothing but the rule that was asked for', () => {
    expect(resourcesOf(imported, 'AWS::Events::Rule')).toHaveLength(1)
    expect(resourcesOf(imported, 'AWS::S3::Bucket')).toHaveLength(0)
  })

  test('without a key of its own gives a right on no key', () => {
    const stack = new Stack(emptyApp(), 'Plain')
    new ModelPlatform(stack, 'Models')
    const parameters = resourcesOf<{ Name: string; Value: unknown }>(
      Template.fromStack(stack),
      'AWS::SSM::Parameter',
    )
    const written = parameters.find(([, { Properties }]) => Properties.Name.endsWith('/encryption-key'))
    expect(spelt(written?.[1].Properties.Value)).toBe('arn:aws:kms:eu-central-1:111122223333:key/none')
  })

  test('cannot have a name that no platform has', () => {
    const stack = new Stack(emptyApp(), 'Bad')
    expect(() => ModelPlatform.fromPlatformName(stack, 'Models', 'a-b')).toThrow("got: 'a-b'")
  })
})
