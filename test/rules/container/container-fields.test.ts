import { describe, expect, test } from '@jest/globals'
import { serverAddress } from '../../../lib/rules/container/server-address.ts'
import { manifestSchema } from '../../../lib/rules/manifest.ts'
import { parseManifest } from '../../../lib/rules/manifest-text.ts'
import { refusal } from '../refusal.ts'

const container = (fields: string) => parseManifest(`container: {${fields}}`).container
const refused = (fields: string) => refusal(() => container(fields)).errors

describe('how the server of an image is asked', () => {
  test('is the container contract where nothing else is said', () => {
    const contract = { port: 8080, predict: '/invocations', readiness: '/ping' }
    expect(serverAddress(parseManifest('').container)).toEqual(contract)
    expect(serverAddress(container(''))).toEqual(contract)
  })

  test('may be said in our names and in those of Truss, and is the same', () => {
    const ours = container(
      'startCommand: [server, --verbose], serverPort: 5000, predictEndpoint: /predictions, readinessEndpoint: /health-check',
    )
    const theirs = container(
      'start_command: server --verbose, server_port: 5000, predict_endpoint: /predictions, readiness_endpoint: /health-check',
    )
    expect(theirs).toEqual(ours)
    expect(serverAddress(theirs)).toEqual({ port: 5000, predict: '/predictions', readiness: '/health-check' })
    // What stands in a record is read again when a registry is rebuilt.
    expect(manifestSchema.parse({ container: ours }).container).toEqual(ours)
  })

  test.each(['/', '/v1/models/churn:predict', '/a/', '/v2/models/m_1/versions/1.0/infer', '/@x/~y'])(
    '%s is a path',
    (path) => {
      expect(container(`predictEndpoint: "${path}"`)?.predictEndpoint).toBe(path)
    },
  )

  test.each([
    '',
    'predict',
    '//evil.example/x',
    '/a//b',
    '/..',
    '/../x',
    '/a/./b',
    '/a?b=c',
    '/a#b',
    '/%2e%2e/x',
    '/a b',
    '/a\\\\b',
    '/a\\nHost: x',
    '/é',
    `/${'a'.repeat(256)}`,
  ])('%j is none', (path) => {
    expect(refused(`readinessEndpoint: "${path}"`)).toMatchObject([
      { pointer: '/container/readinessEndpoint' },
    ])
  })

  test.each(['0', '65536', '80.5', '"80"', '-1'])('%s is no port', (port) => {
    expect(refused(`serverPort: ${port}`)).toMatchObject([{ pointer: '/container/serverPort' }])
  })

  test.each(['"a | b"', '""', '[]', '[""]', '["a\\nb"]', '3', '[3]'])('%s starts nothing', (command) => {
    expect(refused(`startCommand: ${command}`)[0]?.pointer).toMatch(/^\/container\/startCommand/)
  })

  test('is not said twice', () => {
    expect(refused('serverPort: 1, server_port: 1')).toMatchObject([
      { pointer: '/container/server_port', allowed: 'one of the two: serverPort is there as well' },
    ])
  })
})

test('an image that is no reference is refused in its place', () => {
  const { errors } = refusal(() => parseManifest('model: churn\nimage: "churn:1 --privileged"'))
  expect(errors).toMatchObject([{ pointer: '/image', line: 2, found: "'churn:1 --privileged'" }])
})
