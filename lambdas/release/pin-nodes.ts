import pLimit from 'p-limit'
import { didYouMean } from '../../lib/rules/did-you-mean.ts'
import {
  type GraphDefinition,
  type ModelStep,
  modelSteps,
  type PinnedVersion,
  selectorText,
} from '../../lib/rules/graph/graph-definition.ts'
import type { GraphFault } from '../../lib/rules/graph/graph-fault.ts'
import { newestFirst, resolveRange } from '../../lib/rules/version-range.ts'
import type { NodeLookup } from './node-lookup.ts'

/** The version that each step of a graph asks, by the step's name; and what cannot be asked. */
export interface PinnedNodes {
  readonly pins: ReadonlyMap<string, PinnedVersion>
  readonly faults: readonly GraphFault[]
}

const looksAtOnce = 8

/**
 * Resolve what each node names, an exact version, a range or an alias, to the version that it is now.
 * @param own the model that the graph is a version of: it cannot be a node of itself
 */
export async function pinNodes(
  definition: GraphDefinition,
  nodes: NodeLookup,
  own: string,
): Promise<PinnedNodes> {
  const faults: GraphFault[] = []
  const pins = new Map<string, PinnedVersion>()
  await pLimit(looksAtOnce).map(modelSteps(definition), async (step) => {
    const found = await pinned(step, nodes, own)
    if ('found' in found) faults.push(found)
    else pins.set(step.at, found)
  })
  return { pins, faults }
}

async function pinned(step: ModelStep, nodes: NodeLookup, own: string): Promise<PinnedVersion | GraphFault> {
  const { model, pointer, selector } = step
  if (model === own)
    return fault(`${pointer}/model`, `'${model}', which is this graph's own`, 'another model')
  const versions = await nodes.versions(model)
  if (versions.length === 0)
    return fault(`${pointer}/model`, `'${model}', and there is no such model`, 'a model of this platform')
  const key = 'alias' in selector ? 'alias' : 'version'
  const version = await resolved(step, nodes)
  const known = versions.toSorted(newestFirst)
  const found = version === undefined ? undefined : await nodes.version(model, version)
  if (version === undefined || found === undefined)
    return fault(
      `${pointer}/${key}`,
      `${selectorText(selector)}, and '${model}' has none such${
        'version' in selector ? didYouMean(selector.version, known) : ''
      }`,
      'range' in selector
        ? `a range of accepted versions (those that were live), or one of ${known.slice(0, 5).join(', ')}`
        : `one of ${known.slice(0, 5).join(', ')}`,
    )
  if (found.state !== 'READY' || found.digest === undefined)
    return fault(
      `${pointer}/${key}`,
      `${model} ${version}, which is ${found.state}`,
      'a version that is READY',
    )
  if (found.signature === undefined)
    return fault(
      `${pointer}/model`,
      `${model} ${version}, which does not say what it takes and answers`,
      'a version with a signature: write one into its manifest',
    )
  const { digest, signature, graph } = found
  return { model, version, digest, signature, ...(graph !== undefined && { graph }) }
}

async function resolved({ model, selector }: ModelStep, nodes: NodeLookup): Promise<string | undefined> {
  if ('version' in selector) return selector.version
  const record = await nodes.model(model)
  if ('range' in selector) return resolveRange(selector.range, record?.accepted ?? [])
  const { aliases = {} } = record ?? {}
  return Object.hasOwn(aliases, selector.alias) ? aliases[selector.alias]?.stable : undefined
}

function fault(pointer: string, found: string, allowed: string): GraphFault {
  return { pointer, found, allowed, at: 'value' }
}
