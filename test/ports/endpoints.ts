import type { EndpointHost, EndpointSpec, EndpointTruth } from '../../lambdas/ports.ts'
import { fillManifest, parseManifest } from '../../lib/rules/manifest-text.ts'
import type { Endpoint } from '../../lib/rules/model-version.ts'
import { until } from '../harness/until.ts'
import type { ImageWorld } from './image-factory-contract.ts'
import { frozenRelease, packed } from './packing.ts'

export interface HostWorld extends ImageWorld {
  readonly host: EndpointHost
  /** As many calls as this world bears at once. @default all */
  readonly callsAtOnce?: number
}

/** An endpoint is there, or is known to have failed, within this. */
const startsWithinMs = 60_000

/** A version with an image, ready to be created. */
export async function specOf(
  world: Omit<HostWorld, 'host'>,
  model: string,
  version: string,
  onnx: Uint8Array,
): Promise<EndpointSpec> {
  const image = await packed(world.images, await frozenRelease(world, model, version, { 'model.onnx': onnx }))
  const { manifest } = fillManifest(
    parseManifest('host: { architecture: x86_64 }'),
    { model, version, runtime: 'onnx' },
    [],
  )
  return { model, version, image, manifest }
}

/** Wait until an endpoint is no longer on its way. */
export function settled(host: EndpointHost, endpoint: Endpoint): Promise<EndpointTruth> {
  return until(
    `${endpoint.name} is there or failed`,
    async () => {
      const truth = await host.describe(endpoint)
      return truth.state === 'creating' ? undefined : truth
    },
    startsWithinMs,
  )
}

/** Send one column to an endpoint, and read the predictions. */
export async function ask(
  host: EndpointHost,
  endpoint: Endpoint,
  inputs: Readonly<Record<string, readonly unknown[]>>,
  timeoutMs = 10_000,
) {
  const body = JSON.stringify({ inputs })
  const answer = await host.invoke(endpoint, { body, contentType: 'application/json', timeoutMs })
  const said = JSON.parse(new TextDecoder().decode(answer.body)) as {
    readonly predictions?: readonly unknown[]
    readonly error?: string
  }
  return { ...answer, ...said }
}
