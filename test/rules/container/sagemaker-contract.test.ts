import { describe, expect, test } from '@jest/globals'
import { refuseOtherThanContract } from '../../../lib/rules/container/sagemaker-contract.ts'
import { parseManifest } from '../../../lib/rules/manifest-text.ts'
import { refusal } from '../refusal.ts'

function held(text: string) {
  const { host, container } = parseManifest(text)
  refuseOtherThanContract(host, container)
}
const everywhereElse = 'container: {serverPort: 5000, predictEndpoint: /predict, readinessEndpoint: /ready}'

describe('a server on SageMaker', () => {
  test('is asked as the contract says, and may be started by a command of its own', () => {
    held('host: {kind: sagemaker, instanceType: ml.m5.large}')
    held(
      'host: {kind: sagemaker-serverless}\ncontainer: {serverPort: 8080, predictEndpoint: /invocations, startCommand: [/server]}',
    )
  })

  test('that is asked elsewhere is refused with every field and what there is', () => {
    const { code, message, errors } = refusal(() =>
      held(`host: {kind: sagemaker-serverless}\n${everywhereElse}`),
    )
    expect([code, message]).toEqual([
      'host-unable',
      'host sagemaker-serverless asks every server at port 8080, by GET /ping and POST /invocations, and ' +
        'the manifest has container.serverPort and container.predictEndpoint and container.readinessEndpoint elsewhere',
    ])
    expect(errors).toEqual([
      { pointer: '/container/serverPort', found: '5000', allowed: '8080, or host: {kind: lambda}' },
      {
        pointer: '/container/predictEndpoint',
        found: '/predict',
        allowed: '/invocations, or host: {kind: lambda}',
      },
      { pointer: '/container/readinessEndpoint', found: '/ready', allowed: '/ping, or host: {kind: lambda}' },
    ])
  })

  test('on Lambda is asked wherever it likes', () => {
    held(everywhereElse)
  })
})
