import { isNode } from 'yaml'
import { pathOf } from '../json-pointer.ts'
import { readYaml } from '../yaml-text.ts'
import { type GraphDefinition, modelSteps } from './graph-definition.ts'

/**
 * A graph.yaml with other versions in it; everything else of its text stays as it is.
 * @param versions by the names of steps
 */
export function bumpedText(
  text: string,
  definition: GraphDefinition,
  versions: ReadonlyMap<string, string>,
): string {
  const { document } = readYaml(text)
  const changes = modelSteps(definition).flatMap(({ at, pointer }) => {
    const version = versions.get(at)
    const node = document.getIn([...pathOf(pointer), 'version'], true)
    return version === undefined || !isNode(node) || !node.range
      ? []
      : [{ from: node.range[0], to: node.range[1], version }]
  })
  return changes
    .toSorted((a, b) => b.from - a.from)
    .reduce((all, { from, to, version }) => `${all.slice(0, from)}${version}${all.slice(to)}`, text)
}
