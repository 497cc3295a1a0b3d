import { describe, expect, test } from '@jest/globals'
import { regionOf } from '../../cli/aws/region.ts'
import { platformAddress } from '../../cli/platform-address.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import { refused } from '../harness/refused.ts'

describe('requests are signed', () => {
  test.each([
    ['http://localhost:8080', false],
    ['http://127.0.0.1:8080/', false],
    ['http://127.9.9.9', false],
    ['http://[::1]:8080', false],
    ['http://sluice.localhost:8080', false],
    ['http://a1b2c3d4.execute-api.localhost:4566', true],
    ['https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com', true],
    ['https://models.example.com/v1', true],
    ['https://localhost.example.com', true],
    ['https://127.example.com', true],
  ])('to %s: %p', (url, deployed) => {
    expect(platformAddress(url).deployed).toBe(deployed)
  })
})

test.each([
  ['predictions', /'predictions'; allowed is/],
  ['ftp://localhost', /allowed is/],
  ['https://me:secret@models.example.com', /allowed is/],
  ['https://models.example.com?stage=a', /allowed is/],
  ['http://models.example.com', /https:\/\/ only/],
  ['http://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com', /https:\/\/ only/],
])('%s is no platform', (url, told) => {
  try {
    platformAddress(url)
  } catch (error) {
    expect(isProblem(error) && error.code).toBe('usage')
    expect(String(error)).toMatch(told)
    return
  }
  throw new Error('it was taken')
})

describe('the Region', () => {
  const outside = {
    AWS_REGION: undefined,
    AWS_DEFAULT_REGION: undefined,
    AWS_PROFILE: 'work',
    AWS_CONFIG_FILE: '/nowhere',
  }
  const within = async (env: NodeJS.ProcessEnv, hostname: string) => {
    for (const [name, value] of Object.entries({ ...outside, ...env }))
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    return regionOf(hostname)
  }

  test.each([
    ['a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com', 'eu-west-1'],
    ['a1b2c3d4e5.execute-api.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
    ['a1b2c3d4e5.execute-api.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
    ['a1b2c3d4e5.execute-api.localhost', 'ap-south-2'],
    ['models.example.com', 'ap-south-2'],
  ])('of %s is %s', async (hostname, region) => {
    expect(await within({ AWS_REGION: 'ap-south-2' }, hostname)).toBe(region)
  })

  test('is that of the environment, in either spelling, or is asked for', async () => {
    const both = { AWS_REGION: '', AWS_DEFAULT_REGION: 'sa-east-1' }
    expect(await within(both, 'models.example.com')).toBe('sa-east-1')
    const { code, message } = await refused(within({}, 'models.example.com'))
    expect(code).toBe('usage')
    expect(message).toMatch(/models\.example\.com.*AWS_REGION.*profile 'work'/)
  })
})
