import { newModel } from '../../lib/rules/alias-move.ts'
import type { RetirementView } from '../../lib/rules/retirement.ts'
import type { Ports } from '../ports.ts'
import { askingGraphs } from './asking-graphs.ts'

/** Everything that may keep a version, as it is now. */
export async function retirementView(
  { registry, callers, clock }: Pick<Ports, 'registry' | 'callers' | 'clock'>,
  { model, version, ignoreCallers = false }: Asked,
): Promise<RetirementView> {
  const [record, versions, unfinished, calling, graphs] = await Promise.all([
    registry.model(model),
    registry.versions(model),
    registry.unfinished(),
    callers.of(model),
    askingGraphs(registry, model, version),
  ])
  return {
    record: record ?? newModel(model),
    version,
    versions,
    unfinished,
    callers: calling,
    graphs,
    now: clock.now(),
    ignoreCallers,
  }
}

interface Asked {
  readonly model: string
  readonly version: string
  readonly ignoreCallers?: boolean
}
