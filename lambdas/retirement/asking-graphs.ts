import pLimit from 'p-limit'
import { asksVersion } from '../../lib/rules/graph/graph-users.ts'
import type { Registry } from '../ports.ts'

const readsAtOnce = 8

/** The graphs that ask a version, of whatever model, released or being released: `risk 1.0.0`. */
export async function askingGraphs(
  registry: Pick<Registry, 'modelNames' | 'versions'>,
  model: string,
  version: string,
): Promise<string[]> {
  const found = await pLimit(readsAtOnce).map(await registry.modelNames(), async (name) =>
    (await registry.versions(name))
      .filter((one) => asksVersion(one, model, version))
      .map((one) => `${one.model} ${one.version}`),
  )
  return found.flat()
}
