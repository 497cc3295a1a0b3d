import { counted, Problem } from '../../lib/rules/problem.ts'
import type { RebuiltModel } from '../../lib/rules/rebuild.ts'
import { HomeTaken } from '../../local/home.ts'
import { type RebuildStage, type Rebuilt, rebuildRegistry } from '../../local/rebuild/rebuild-registry.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'
import { liveLine } from '../terminal/live-line.ts'

export interface RebuildOptions {
  readonly home: string
  readonly untilBreak?: boolean
}

const stages: Readonly<Record<RebuildStage, string>> = {
  reading: 'reading the records',
  writing: 'writing the new registry',
  'setting-aside': 'copying the old registry aside',
  placing: 'putting the new registry in its place',
  placed: 'the new registry stands',
}

/** Make the registry of a home anew from its records, while no platform runs there. */
export async function rebuild({ talk }: Context, options: RebuildOptions): Promise<ExitCode> {
  const display = liveLine(talk)
  const told = (stage: RebuildStage) => display.draw(stages[stage])
  const rebuilt = await rebuildRegistry({ ...options, told })
    .catch((error) => {
      if (error instanceof HomeTaken) throw new Problem('usage', error.message)
      throw error
    })
    .finally(() => display.end())
  const text = [...rebuilt.models.map(modelLine), total(rebuilt)].join('\n')
  talk.data(documentOf(rebuilt), text)
  for (const remark of remarks(rebuilt)) talk.say(`  ${remark}`)
  return exitCode.done
}

function modelLine({ record, entries, versions, break: broken }: RebuiltModel): string {
  const counts = `${counted(entries.length, 'entry', 'entries')}, ${counted(versions.length, 'version')}`
  if (broken === undefined) return `✔ ${record.model}: ${counts}`
  return `✖ ${record.model}: ${counts}; entry ${broken.rev} ${broken.fault}`
}

function total({ models }: Rebuilt): string {
  const sum = (count: (model: RebuiltModel) => number) => models.reduce((all, one) => all + count(one), 0)
  return [
    counted(models.length, 'model'),
    counted(
      sum(({ versions }) => versions.length),
      'version',
    ),
    counted(
      sum(({ entries }) => entries.length),
      'entry',
      'entries',
    ),
  ].join(', ')
}

function documentOf({ models, notes, oldRegistry, oldRecords }: Rebuilt) {
  return {
    models: models.map(({ record, entries, versions, break: broken }) => ({
      model: record.model,
      rev: record.rev,
      head: record.head,
      entries: entries.length,
      versions: versions.map(({ version, state }) => ({ version, state })),
      canaries: canariesOf(record),
      break: broken,
    })),
    notes,
    oldRegistry,
    oldRecords,
  }
}

function canariesOf({ aliases }: RebuiltModel['record']) {
  return Object.entries(aliases).flatMap(([alias, { canary }]) =>
    canary === undefined ? [] : [{ alias, version: canary.version, weightPercent: canary.weightPercent }],
  )
}

/** What a person should know who goes on with it. */
function remarks({ models, notes, oldRegistry, oldRecords }: Rebuilt): string[] {
  return [
    ...notes.map(({ model, version, served, note }) =>
      served ? `${model} ${version}: ${note}` : `${model} ${version} cannot be served: ${note}`,
    ),
    ...models.flatMap(({ record }) =>
      canariesOf(record).map(
        ({ alias, version }) =>
          `'${alias}' of ${record.model} has a canary, ${version}, that nobody leads any more: ` +
          `sluice rollback ${record.model} --alias ${alias} --reason TEXT`,
      ),
    ),
    ...(oldRegistry === undefined ? [] : [`the old registry is ${oldRegistry} in the home`]),
    ...(oldRecords === undefined ? [] : [`the records behind the break are in ${oldRecords} in the home`]),
    'not in the records: operations, counted outcomes, and moves whose operation had not ended when the registry was lost;',
    'a release that is not in them is begun again by the next `sluice up`, as long as its upload lies in the store',
  ]
}
