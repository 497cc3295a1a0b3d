import {
  DescribeEndpointCommand,
  type DescribeEndpointCommandOutput,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker'
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime'
import { expect, test } from '@jest/globals'
import { resourceName } from '../../lib/rules/names.ts'
import type { Place } from '../harness/deployed/place.ts'
import { model } from '../harness/deployed/travels.ts'
import { until } from '../harness/until.ts'
import { instanceType } from './announcement.ts'
import { testOnAws, type Visited } from './visited.ts'

const hosts = {
  serverless: { kind: 'sagemaker-serverless', memoryMb: 2048 },
  instance: { kind: 'sagemaker', instanceType },
} as const

/** A version on SageMaker: what it says of itself while it comes, its answer, and how much it takes. */
export function sagemakerCases(visited: Visited): void {
  const { visit } = visited
  testOnAws(visited, 'a version is released on SageMaker serverless, and answers', 'has no SageMaker', () =>
    released(visited, 'boxed', hosts.serverless),
  )
  const instance = 'a version is released on an instance of SageMaker, and answers'
  if (visit.isEmulated || visit.mayUseInstances)
    testOnAws(visited, instance, 'has no SageMaker', () => released(visited, 'hired', hosts.instance))
  else test.skip(`${instance} (skipped: SLUICE_ACCOUNT_SAGEMAKER is not yes; it costs by the hour)`, () => {})
}

async function released({ findings, here, visit }: Visited, name: string, host: object): Promise<void> {
  const { place, door } = here().platform
  const sagemaker = new SageMakerClient(place.client)
  const EndpointName = resourceName(door.platformName, name, '1.0.0')
  const manifest = { model: name, version: '1.0.0', host }
  await here().put(`models/${name}/1.0.0/model.onnx`, await model('1.0.0'))
  await here().put(`models/${name}/1.0.0/model.yaml`, Buffer.from(JSON.stringify(manifest)))
  // A release that does not believe SageMaker removes what it made: what it was told is looked at meanwhile.
  let last: DescribeEndpointCommandOutput | undefined
  const state = await until(
    `${name} is released or has failed`,
    async () => {
      last = await sagemaker.send(new DescribeEndpointCommand({ EndpointName })).catch(() => last)
      const now = await here().state(name, '1.0.0')
      return (now === 'READY' || now === 'FAILED') && now
    },
    visit.patienceMs,
  )
  const [variant] = last?.ProductionVariants ?? []
  findings.add(`${name}: DescribeEndpoint tells the images that run`, variant?.DeployedImages ?? 'no')
  findings.add(`${name}: state`, `${last?.EndpointStatus}, ${state}`)
  if (state === 'FAILED')
    throw new Error((await here().platform.call('GET', `/models/${name}/operations`)).body)
  const since = performance.now()
  expect((await here().ask(`${name}/versions/1.0.0`)).status).toBe(200)
  findings.add(`${name}: first answer`, `${Math.round(performance.now() - since)} ms`)
  await sayHowMuchItTakes(findings, place.client, name, EndpointName)
  sagemaker.destroy()
}

/** The largest body is told otherwise in different places: SageMaker itself is asked, past our router. */
async function sayHowMuchItTakes(
  findings: Visited['findings'],
  client: Place['client'],
  name: string,
  EndpointName: string,
): Promise<void> {
  const runtime = new SageMakerRuntimeClient(client)
  for (const megabytes of [3, 5, 7, 20, 26]) {
    const Body = Buffer.from(`${' '.repeat(megabytes * 1e6)}{}`)
    const said = await runtime
      .send(new InvokeEndpointCommand({ EndpointName, Body, ContentType: 'application/json' }))
      .then(() => 'taken')
      .catch((error: Error) => `${error.name} ${error.message.slice(0, 160)}`)
    findings.add(`${name}: a body of ${megabytes} MB`, said)
  }
  runtime.destroy()
}
