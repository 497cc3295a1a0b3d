import semver from 'semver'
import type { ModelRecord } from '../routing.ts'
import { resolveRange } from '../version-range.ts'
import { type GraphRecord, modelSteps, selectorText } from './graph-definition.ts'

/** A step of a graph, and the version that it could ask now. */
export interface NodeMove {
  readonly at: string
  readonly model: string
  /** As it stands in the file. */
  readonly written: string
  readonly asks: string
  /** What it would ask if it were released now, or could: of an exact version the newest that was accepted since. */
  readonly could: string
  /** A range or an alias moves with the next release by itself; an exact version has to be written anew. */
  readonly byItself: boolean
}

/** What is known of a model that a node asks. */
export type KnownModel = Pick<ModelRecord, 'aliases' | 'accepted'>

/**
 * The steps of a graph that could ask another version than they do. To release a version of a node changes no graph: this
 * is how somebody learns of it.
 */
export function outdatedNodes(
  { definition, pins }: Pick<GraphRecord, 'definition' | 'pins'>,
  models: Readonly<Record<string, KnownModel | undefined>>,
): NodeMove[] {
  return modelSteps(definition).flatMap(({ at, model, selector }) => {
    const asks = pins[at]?.version
    const known = Object.hasOwn(models, model) ? models[model] : undefined
    if (asks === undefined || known === undefined) return []
    const could =
      'range' in selector
        ? resolveRange(selector.range, known.accepted)
        : 'alias' in selector
          ? aliasOf(known, selector.alias)
          : newestAfter(asks, known.accepted)
    if (could === undefined || could === asks) return []
    return [{ at, model, written: selectorText(selector), asks, could, byItself: !('version' in selector) }]
  })
}

function aliasOf({ aliases }: KnownModel, alias: string): string | undefined {
  return Object.hasOwn(aliases, alias) ? aliases[alias]?.stable : undefined
}

function newestAfter(version: string, accepted: readonly string[]): string | undefined {
  const [newest] = accepted.toSorted(semver.rcompare)
  return newest !== undefined && semver.gt(newest, version) ? newest : undefined
}
