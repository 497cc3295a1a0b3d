import { textOf } from '../../lib/rules/body-text.ts'
import type { Recognised } from '../../lib/rules/detection/recognise.ts'
import { type GraphRecord, modelSteps, type PinnedVersion } from '../../lib/rules/graph/graph-definition.ts'
import { checkFlow } from '../../lib/rules/graph/graph-signature.ts'
import { parseGraph, type ReadGraph } from '../../lib/rules/graph/graph-text.ts'
import type { Manifest } from '../../lib/rules/manifest.ts'
import { counted, oneOf } from '../../lib/rules/problem.ts'
import { agreedSignature } from '../../lib/rules/signature.ts'
import type { InspectedFile, Inspection, ReadFile, Surroundings } from './inspection.ts'
import { pinNodes } from './pin-nodes.ts'

/** So deep graphs lie in each other at most, and so many models one asks, those inside its nodes included. */
const deepest = 5
const mostAsks = 500

/**
 * Find out what a graph takes and answers: look its nodes up, resolve each to one version, and follow what flows. Where
 * nobody can be asked for its nodes, it is looked at by itself.
 * @throws Problem `graph-invalid`, every fault with its place in graph.yaml
 */
export async function inspectGraph(
  { entry }: Recognised,
  _files: readonly InspectedFile[],
  manifest: Manifest,
  read: ReadFile,
  { nodes }: Surroundings,
): Promise<Inspection> {
  const graph = parseGraph(textOf((await read(entry)) ?? new Uint8Array(), entry, 'graph-invalid'))
  const { definition, refusal } = graph
  const steps = modelSteps(definition)
  const asks = `asks ${counted(steps.length, 'model')} in ${counted(definition.nodes.length, 'node')}`
  if (nodes === undefined) {
    const found = `${asks}; its nodes were not looked up`
    return manifest.signature === undefined
      ? { signatureOrigin: 'none', found }
      : { signature: manifest.signature, signatureOrigin: 'written', found }
  }
  const { pins, faults } = await pinNodes(definition, nodes, manifest.model)
  if (faults.length > 0) throw refusal(faults)
  const flow = checkFlow(definition, pins, manifest.signature)
  if (flow.signature === undefined) throw refusal(flow.faults)
  const told = [...new Set([...pins.values()].map(({ model, version }) => `${model} ${version}`))]
  return {
    signature: agreedSignature(flow.signature, manifest.signature),
    signatureOrigin: 'artifact',
    found: `${asks}: ${told.slice(0, 10).join(', ')}${told.length > 10 ? ', …' : ''}`,
    graph: graphRecord(graph, pins),
  }
}

function graphRecord(
  { definition, refusal }: ReadGraph,
  pins: ReadonlyMap<string, PinnedVersion>,
): GraphRecord {
  const all = [...pins.values()]
  const depth = 1 + Math.max(0, ...all.map(({ graph }) => graph?.depth ?? 0))
  const asks = all.reduce((sum, { graph }) => sum + (graph?.asks ?? 1), 0)
  if (depth > deepest || asks > mostAsks) {
    const graphs = all.flatMap(({ graph, model, version }) => (graph ? [`${model} ${version}`] : []))
    throw refusal([
      {
        pointer: '/nodes',
        found: `${depth} graphs inside each other, with ${asks} models, by ${oneOf(graphs)}`,
        allowed: `at most ${deepest} and ${mostAsks}`,
      },
    ])
  }
  const kept = [...pins].map(([at, { model, version, digest }]) => [at, { model, version, digest }])
  return { definition, pins: Object.fromEntries(kept), depth, asks }
}
