import type { GraphRecord } from '../../lib/rules/graph/graph-definition.ts'
import type { VersionState } from '../../lib/rules/model-version.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import type { Registry } from '../ports.ts'

/** A version that a graph may name. */
export interface FoundVersion {
  readonly state: VersionState
  readonly digest: string | undefined
  readonly signature: Signature | undefined
  readonly graph?: Pick<GraphRecord, 'depth' | 'asks'> | undefined
}

/** Where the models that a graph names are found: a registry, or a platform that is asked over HTTP. */
export interface NodeLookup {
  /** Undefined where there is no such model. */
  model(name: string): Promise<Pick<ModelRecord, 'aliases' | 'accepted'> | undefined>
  /** Every version there is of a model, retired ones too. */
  versions(model: string): Promise<readonly string[]>
  version(model: string, version: string): Promise<FoundVersion | undefined>
}

export function nodesIn(registry: Pick<Registry, 'model' | 'version' | 'versions'>): NodeLookup {
  return {
    model: (name) => registry.model(name),
    versions: async (model) => (await registry.versions(model)).map(({ version }) => version),
    version: async (model, version) => {
      const found = await registry.version(model, version)
      if (found === undefined) return undefined
      return {
        state: found.state,
        digest: found.artifact?.digest,
        signature: found.signature,
        graph: found.graph,
      }
    },
  }
}
