import { describe, expect, test } from '@jest/globals'
import { type ImageReference, parseImageReference } from '../../../lib/rules/container/image-reference.ts'
import { refusal } from '../refusal.ts'

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`

describe('a reference to an image', () => {
  test.each<[string, ImageReference]>([
    ['churn:1', { repository: 'churn', tag: '1' }],
    ['team/churn:1.4.0', { repository: 'team/churn', tag: '1.4.0' }],
    ['ghcr.io/team/churn:v1', { registry: 'ghcr.io', repository: 'team/churn', tag: 'v1' }],
    ['localhost/churn:1', { registry: 'localhost', repository: 'churn', tag: '1' }],
    ['registry:5000/a__b/c--d:_x', { registry: 'registry:5000', repository: 'a__b/c--d', tag: '_x' }],
    [`127.0.0.1:5000/churn@${digest}`, { registry: '127.0.0.1:5000', repository: 'churn', digest }],
    [`ghcr.io/churn:1@${digest}`, { registry: 'ghcr.io', repository: 'churn', tag: '1', digest }],
  ])('%s is taken apart', (text, parts) => {
    expect(parseImageReference(text)).toEqual(parts)
  })

  test.each([
    '',
    'churn',
    'ghcr.io/team/churn',
    'Churn:1',
    'churn:',
    'churn:.x',
    `churn:${'x'.repeat(129)}`,
    'churn:1 ',
    'churn:1\n',
    'churn:1\nRUN rm -rf /',
    '--privileged:1',
    '-v/:/host:1',
    'churn:1 --network=host',
    'churn:$(id)',
    'churn:`id`',
    'a//b:1',
    '/a:1',
    '../a:1',
    'a/../b:1',
    'http://ghcr.io/a:1',
    'user:password@ghcr.io/a:1',
    'ghcr.io:123456/a:1',
    'churn@sha256:12',
    `churn@SHA256:${'a'.repeat(64)}`,
    `churn@md5:${'a'.repeat(32)}`,
    `${'a'.repeat(256)}:1`,
    `${'a/'.repeat(200_000)}a:1`,
  ])('%j is refused', (text) => {
    const { code, message } = refusal(() => parseImageReference(text))
    expect(code).toBe('manifest-invalid')
    expect(message).toMatch(/allowed is REGISTRY\/NAME:TAG or REGISTRY\/NAME@sha256:DIGEST/)
  })
})
