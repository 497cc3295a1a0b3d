import type { z } from 'zod'
import type { Grant } from '../../lib/rules/access.ts'
import { checkSuccessor, deprecationHeaders, parseSunset, sentTo } from '../../lib/rules/deprecation.ts'
import type { Deprecation, VersionRecord } from '../../lib/rules/model-version.ts'
import { parseVersion } from '../../lib/rules/names.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { allReaching } from '../../lib/rules/routing.ts'
import { move, refuseUnlessReady, writeRecords } from '../moves.ts'
import { newOperationId } from '../operations.ts'
import type { Ports } from '../ports.ts'
import { refuseUnlessMayMove } from './approvals.ts'
import { type DryRun, dryRun } from './dry-run.ts'
import type { deprecationRequest, undoRequest } from './requests.ts'

interface Of {
  readonly model: string
  readonly version: string
  readonly actor: string
  readonly grants?: readonly Grant[] | undefined
}

type Control = Pick<Ports, 'registry' | 'store' | 'clock' | 'random'>

/** What callers of a version are told from now on; nothing where its deprecation was taken back. */
export interface Deprecated {
  readonly model: string
  readonly version: string
  readonly deprecation?: Deprecation
  /** With every answer at the version's own path. */
  readonly headers: Readonly<Record<string, string>>
  /** What is allowed, and may not be meant. */
  readonly warnings: readonly string[]
}

/**
 * Deprecate a version, or change what was said of it: it stays READY, and its callers are told. Since when it is
 * deprecated stays as it was first.
 * @throws Problem `version-unknown`, `version-not-ready`, `sunset-malformed`, `successor-unfit`
 */
export async function deprecate(
  ports: Control,
  asked: Of & z.output<typeof deprecationRequest>,
): Promise<Deprecated | DryRun> {
  const { registry, clock } = ports
  const { model, version, reason } = asked
  refuseUnlessMayMove(asked.actor, asked.grants, model)
  const versions = await registry.versions(model)
  const find = (wanted: string) => versions.find((one) => one.version === wanted)
  const record = refuseUnlessReady(model, version, find(version))
  const sunset = asked.sunset === undefined ? undefined : parseSunset(asked.sunset, clock.now())
  const successor = asked.successor === undefined ? undefined : parseVersion(asked.successor)
  if (successor !== undefined) checkSuccessor(version, successor, find(successor))
  const deprecation: Deprecation = {
    at: record.deprecation?.at ?? new Date(clock.now()).toISOString(),
    ...(sunset !== undefined && { sunset }),
    ...(successor !== undefined && { successor }),
    reason,
  }
  const told = await answered(registry, record, deprecation, sentTo(version, versions))
  if (asked.dryRun === true) {
    const headers = Object.entries(told.headers).map(([name, value]) => `${name}: ${value}`)
    const also = told.warnings.map((warning) => `; note: ${warning}`).join('')
    return dryRun(
      model,
      version,
      `${model} ${version} would be deprecated, and answer with ${headers.join(', ')}${also}`,
    )
  }
  await change(ports, asked, deprecation)
  return told
}

/** Take a deprecation back. @throws Problem `version-unknown`, `version-not-ready`, `not-deprecated` */
export async function undoDeprecation(
  ports: Control,
  asked: Of & z.output<typeof undoRequest>,
): Promise<Deprecated | DryRun> {
  const { model, version } = asked
  refuseUnlessMayMove(asked.actor, asked.grants, model)
  const record = refuseUnlessReady(model, version, await ports.registry.version(model, version))
  if (record.deprecation === undefined)
    throw new Problem('not-deprecated', `${model} ${version} is not deprecated`)
  if (asked.dryRun === true) return dryRun(model, version, `${model} ${version} would be deprecated no more`)
  await change(ports, asked, undefined)
  return { model, version, headers: {}, warnings: [] }
}

async function change(
  ports: Control,
  { model, version, actor, reason }: Of & { readonly reason: string },
  deprecation: Deprecation | undefined,
): Promise<void> {
  const operation = newOperationId('deprecation', ports)
  await move(ports, model, (seen) => ({
    moved: seen,
    happening: {
      kind: 'deprecated',
      version,
      actor,
      reason,
      operation,
      ...(deprecation !== undefined && { deprecation }),
    },
    change: { version, seen: { state: 'READY' }, facts: { deprecation } },
  }))
  // No machine follows that would write it.
  await writeRecords(ports, model)
}

async function answered(
  registry: Pick<Ports['registry'], 'model'>,
  { model, version }: Pick<VersionRecord, 'model' | 'version'>,
  deprecation: Deprecation,
  from: readonly string[],
): Promise<Deprecated> {
  const record = await registry.model(model)
  const reaching = record === undefined ? [] : allReaching(record, version)
  return {
    model,
    version,
    deprecation,
    headers: deprecationHeaders(deprecation, `/models/${model}/versions/${version}/invocations`),
    warnings: [
      ...reaching.map((by) => `it is reached by ${by}, whose callers are told as well`),
      ...(from.length === 0 ? [] : [`it is the successor of ${from.join(', ')}, which are deprecated`]),
    ],
  }
}
