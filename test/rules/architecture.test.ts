import { expect, test } from '@jest/globals'
import { architectureOf } from '../../lib/rules/architecture.ts'

test.each([
  [{ kind: 'lambda' }, 'arm64'],
  [{ kind: 'sagemaker' }, 'x86_64'],
  [{ kind: 'sagemaker-serverless' }, 'x86_64'],
  [{ kind: 'lambda', architecture: 'x86_64' }, 'x86_64'],
  [{ kind: 'sagemaker', architecture: 'arm64' }, 'arm64'],
] as const)('a version on %j is made for %s', (host, architecture) => {
  expect(architectureOf(host)).toBe(architecture)
})
