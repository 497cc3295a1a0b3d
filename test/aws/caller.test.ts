import { describe, expect, test } from '@jest/globals'
import { callerOf } from '../../lambdas/aws/caller.ts'

const userArn = 'arn:aws:sts::123456789012:assumed-role/Ada/session'
const ours = { actor: 'key shop (0101010101010101)', grants: 'invoke:alpha promote:*' }
const grants = [
  { scope: 'invoke', model: 'alpha' },
  { scope: 'promote', model: '*' },
]

describe('who calls', () => {
  test.each([
    ['IAM in front of an HTTP API', { authorizer: { iam: { userArn, accountId: '1' } } }],
    ['IAM in front of a REST API', { identity: { userArn, sourceIp: '203.0.113.1' } }],
    ['both, with nothing of ours', { authorizer: null, identity: { userArn } }],
  ])('is who %s says, and may do what IAM allowed', (_, requestContext) => {
    expect(callerOf({ requestContext })).toEqual({ actor: userArn })
  })

  test.each([
    ['an HTTP API', { authorizer: { lambda: ours } }],
    [
      'a REST API',
      {
        authorizer: { ...ours, principalId: ours.actor, integrationLatency: 3 },
        identity: { userArn: null },
      },
    ],
  ])('is who our authorizer in front of %s says, with what it may do', (_, requestContext) => {
    expect(callerOf({ requestContext })).toEqual({ actor: ours.actor, grants })
  })

  test('may see nothing where our authorizer named it and told no more', () => {
    expect(callerOf({ requestContext: { authorizer: { lambda: { actor: 'x' } } } })).toEqual({
      actor: 'x',
      grants: [],
    })
    expect(callerOf({ requestContext: { authorizer: { actor: 'x', grants: 'all' } } })).toEqual({
      actor: 'x',
      grants: [],
    })
  })

  test.each([
    {},
    { requestContext: {} },
    { requestContext: { authorizer: null, identity: null } },
    { requestContext: { authorizer: { lambda: null }, identity: { userArn: null } } },
    { requestContext: { authorizer: { iam: null } } },
  ])('is nobody where nobody says: %j', (event) => {
    expect(callerOf(event)).toEqual({ actor: 'anonymous' })
  })
})
