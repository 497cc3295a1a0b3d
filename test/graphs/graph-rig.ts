import { nodesIn } from '../../lambdas/release/node-lookup.ts'
import { pinNodes } from '../../lambdas/release/pin-nodes.ts'
import { checkFlow } from '../../lib/rules/graph/graph-signature.ts'
import { parseGraph } from '../../lib/rules/graph/graph-text.ts'
import type { Field, Signature } from '../../lib/rules/signature.ts'
import { readyRecord } from '../harness/records.ts'
import { type Rig, says } from '../serving/rig.ts'

export const field = (name: string, type: Field['type'], shape: Field['shape'] = []): Field => ({
  name,
  type,
  shape,
})

/** `x` in, `y` out. */
export const numeric: Signature = { inputs: [field('x', 'float64')], outputs: [field('y', 'float64')] }

/** Release a graph over what a rig has, as its release would: live at once. */
export async function releaseGraph(rig: Rig, model: string, version: string, text: string, manifest = '') {
  const { definition, refusal } = parseGraph(text)
  const { pins, faults } = await pinNodes(definition, nodesIn(rig.registry), model)
  if (faults.length > 0) throw refusal(faults)
  const flow = checkFlow(definition, pins)
  if (flow.signature === undefined) throw refusal(flow.faults)
  const { image: _, ...record } = readyRecord(model, version, flow.signature, `runtime: graph\n${manifest}`)
  const kept = [...pins].map(([at, pin]) => [
    at,
    { model: pin.model, version: pin.version, digest: pin.digest },
  ])
  const depth = 1 + Math.max(0, ...[...pins.values()].map(({ graph }) => graph?.depth ?? 0))
  await rig.registry.claim({
    ...record,
    endpoint: { host: 'graph', name: `${model}-${version}` },
    graph: { definition, pins: Object.fromEntries(kept), depth, asks: pins.size },
  })
  await rig.move(model, { aliases: { live: { stable: version, by: 'x' } }, accepted: [version] })
  return flow.signature
}

/** Release models that answer by a function of their first input, live at once. */
export async function releaseModels(
  rig: Rig,
  models: Readonly<Record<string, (x: never) => unknown>>,
  signature: Signature = numeric,
): Promise<void> {
  for (const [model, answer] of Object.entries(models)) {
    await rig.release(model, '1.0.0', signature)
    await rig.move(model, { aliases: { live: { stable: '1.0.0', by: 'x' } }, accepted: ['1.0.0'] })
    rig.host.scripts.set(`${model}-1.0.0`, ({ body }) => {
      const { inputs } = JSON.parse(String(body)) as { inputs: Record<string, never[]> }
      const [column = []] = Object.values(inputs)
      return says({ predictions: column.map(answer) })
    })
  }
}
