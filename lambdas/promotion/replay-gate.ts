import { usualAgreementPercent, usualTolerance } from '../../lib/rules/comparison/replay-defaults.ts'
import { judgeReplay } from '../../lib/rules/comparison/replay-gate.ts'
import type { GatePassed } from '../../lib/rules/operation.ts'
import { newComparisonId } from '../../lib/wiring/comparison-id.ts'
import { forgetOldComparisons, keepComparison } from '../comparison/kept-comparisons.ts'
import { replay } from '../comparison/replay.ts'
import { refuseUnknown } from '../moves.ts'
import { note } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Promotion } from './promotion.ts'

/** The step that does it has two minutes: what was compared by then is judged. */
const longestMs = 60_000

/** What a manifest asks for; one that was kept before there was more to say has a number and nothing else. */
interface AskedReplay {
  readonly last: number
  readonly minAgreementPercent?: number
  readonly tolerance?: number
  readonly minRows?: number
}

/**
 * Ask a version and the one that the alias serves what was asked before, where the manifest of the candidate says so. It
 * only asks: called again, it asks again. @param stable what the alias serves; undefined where it serves nothing yet
 * @returns undefined where nothing is asked for
 * @throws Problem `replay-differs`, `not-comparable`, `endpoint-failed`
 */
export async function passReplay(
  ports: Ports,
  { id, model, version }: Promotion,
  stable: string | undefined,
): Promise<GatePassed | undefined> {
  const { manifest } = refuseUnknown(model, version, await ports.registry.version(model, version))
  const asked: AskedReplay = manifest?.release?.replay ?? { last: 0 }
  const { last, minAgreementPercent = usualAgreementPercent, tolerance = usualTolerance, minRows = 0 } = asked
  if (last === 0) return undefined
  if (stable === undefined)
    return { gate: 'replay', found: 'the first version here: there is none to be held to' }
  await note(ports, id, {}, `${version} is asked what ${stable} was asked before`)
  const startedAt = ports.clock.now()
  const until = startedAt + longestMs
  const replayed = await replay(ports, { model, a: stable, b: version, last, tolerance, until })
  await keepComparison(ports, {
    ...{ ...replayed, id: newComparisonId(startedAt, ports.random.draw()) },
    ...{ by: id, startedAt: new Date(startedAt).toISOString() },
  })
  await forgetOldComparisons(ports, model)
  return judgeReplay({ minAgreementPercent, minRows }, replayed)
}
