import { sha256Hex } from '../../lib/rules/digest.ts'
import type { Notice } from '../../lib/rules/monitoring/notice.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import type { Ports } from '../ports.ts'
import { beginRollback } from '../rollback/roll-back.ts'

/** Whom the history names where drift took an alias back. */
const driftActor = 'sluice'

/**
 * Take the aliases back that serve a version that drifted, each only if it still does. Done twice, it is done once.
 * @returns what came of it, a sentence an alias
 */
export async function returnAliases(
  ports: Pick<Ports, 'registry' | 'workflows' | 'clock'>,
  { id, model, version, sentence }: Notice,
): Promise<string[]> {
  const aliases = Object.entries((await ports.registry.model(model))?.aliases ?? {})
  const serving = aliases.filter(([, { stable }]) => stable === version)
  const begun = aliases.filter(([alias, { by }]) => by === operationId(id, alias))
  if (serving.length + begun.length === 0) return [`no alias serves ${version}: there is nothing to return`]
  const outcomes: string[] = begun.map(([alias]) => `'${alias}' returned: ${operationId(id, alias)}`)
  for (const [alias, { canary, previous }] of serving) {
    if (canary !== undefined) outcomes.push(`'${alias}' moves to ${canary.version} already: it is left alone`)
    else if (previous === undefined)
      outcomes.push(`'${alias}' has served nothing before ${version}: there is nothing to return to`)
    else outcomes.push(await returned(ports, { id, model, version, sentence, alias, previous }))
  }
  return outcomes
}

interface Returning extends Pick<Notice, 'id' | 'model' | 'version' | 'sentence'> {
  readonly alias: string
  readonly previous: string
}

async function returned(
  ports: Pick<Ports, 'registry' | 'workflows' | 'clock'>,
  { id, model, version, sentence, alias, previous }: Returning,
): Promise<string> {
  try {
    const operation = await beginRollback(ports, {
      id: operationId(id, alias),
      ...{ model, version: previous, from: version, onlyFrom: version, alias },
      ...{ actor: driftActor, reason: `${sentence} (${id})` },
    })
    return `'${alias}' returns to ${previous}: ${operation.id}`
  } catch (error) {
    if (!isProblem(error)) throw error
    return `'${alias}' could not return: ${error.message}`
  }
}

/** The same for the same notice and alias, whoever asks. */
function operationId(id: string, alias: string): string {
  return `rollback-drift-${sha256Hex(`${id} ${alias}`).slice(0, 16)}`
}
