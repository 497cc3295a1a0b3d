import type { Move } from '../../lambdas/ports.ts'
import { findBreak, type HistoryEntry, movesTraffic } from '../../lib/rules/audit.ts'
import { canonicalJson } from '../../lib/rules/digest.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import { isOver, type Operation } from '../../lib/rules/operation.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'
import { day, nameOf, type Stage } from './stage.ts'

/**
 * What must hold (DESIGN §5), by name:
 * `alias` an alias names a READY version with an endpoint; `range` a range reaches READY versions only;
 * `asked` traffic moves because of an operation that was begun, forwards once and back only by a rollback, a verdict or
 * a truth that was not ours; `harm` a harmful canary never gets all traffic unless somebody asks for just that;
 * `held` a rollout that somebody paused or ended gets no more traffic once they were told so; `agreed` an alias whose moves
 * need approval moves with it, and by four eyes with two people's;
 * `claim` a version that is READY stays that of the release which claimed it, and its image; `chain` the history holds, ends in
 * the record and is in the store; `end` no operation outlives its deadline by two days; and after quiet:
 * `kept` nothing that was acknowledged or uploaded is lost; `rest` no endpoint without a version, no version without an
 * endpoint, nothing half, no canary, nothing under way. And of every call: a right answer, or a fault that was asked for.
 */

/** What a move must be, judged in the moment in which it is committed. */
export function judgeMove({ next, entry }: Move, stage: Stage, promoted: Set<string>): void {
  const { world, ledger } = stage
  const { model } = next
  const { alias, version, operation: id, kind } = entry
  const known = ledger.stood.get(model) ?? []
  ledger.stood.set(model, known)
  const before = known.at(-1)?.record
  known.push({ since: world.time.now(), record: next })
  // Calls are held to what stood a moment ago, and to nothing older.
  if (known.length > 50) known.splice(1, 10)
  ledger.count(`history: ${kind}`)
  if (alias === undefined) return
  const operation = world.registry.standing.operation(id)
  if (operation === undefined) {
    stage.violate(`asked: ${id} moved '${alias}' and was never begun`)
    return
  }
  if (kind !== 'rolled-back') judgeLed(stage, operation, entry)
  const was = before?.aliases[alias]?.stable
  const is = next.aliases[alias]?.stable
  if (was === is) return
  const key = `${id} ${alias} ${kind}`
  if (promoted.has(key)) stage.violate(`asked: ${id} moved '${alias}' of ${model} to ${is} a second time`)
  promoted.add(key)
  if (kind === 'promoted') {
    if (operation.kind !== 'promotion' || operation.version !== is)
      stage.violate(
        `asked: ${id} moved '${alias}' of ${model} to ${is}, and is a ${operation.kind} of ${operation.version}`,
      )
    const isCareful = operation.rollout?.plan.kind !== 'all-at-once' && !ledger.skipped.has(id)
    const harms = (one: string) => ledger.uploads.get(nameOf({ model, version: one }))?.isHarmful === true
    const isWell = (one: string) =>
      !harms(one) && !ledger.killed.has(world.registry.standing.version(model, one)?.endpoint?.name ?? '')
    // Beside a version that harms as well, or is dead, it is no worse.
    if (isCareful && was !== undefined && harms(version) && isWell(was))
      stage.violate(`harm: ${nameOf({ model, version })} got all traffic of '${alias}' by ${id}`)
  } else if (kind === 'rolled-back') {
    const left = world.registry.standing.version(model, was ?? '')
    const isLiar =
      ledger.killed.has(left?.endpoint?.name ?? '') ||
      ledger.uploads.get(nameOf({ model, version: was ?? '' }))?.behaviour.runsAnother === true
    if (operation.kind !== 'rollback' && !isLiar)
      stage.violate(`asked: '${alias}' of ${model} went back to ${is} by ${id}, which is no rollback`)
  } else stage.violate(`asked: '${alias}' of ${model} moved to ${is} by an entry that is ${kind}`)
}

/** Traffic grows only where nobody holds it, and where whoever must agree has agreed. */
function judgeLed({ approvals, ledger, violate }: Stage, operation: Operation, entry: HistoryEntry): void {
  const { id, actor, approval } = operation
  const { alias = '', kind } = entry
  const held = movesTraffic(kind) ? ledger.held.get(id) : undefined
  if (held !== undefined) violate(`held: '${alias}' was ${kind} by ${id} after the answer to its ${held}`)
  const needs = approvals[alias] ?? 'none'
  if (!movesTraffic(kind) || needs === 'none') return
  const { decision, by } = approval?.decision ?? {}
  if (decision !== 'approve') violate(`agreed: '${alias}' was ${kind} by ${id}, which nobody approved`)
  else if (needs === 'four-eyes' && (by === actor || by === approval?.pushedBy))
    violate(`agreed: '${alias}' was ${kind} by ${id} with two eyes, those of ${by}`)
}

/** What must hold in every moment. */
export function lookAround({ world, ledger, violate }: Stage): void {
  const { standing } = world.registry
  for (const { model, aliases, accepted } of standing.models()) {
    for (const [alias, { stable, canary }] of Object.entries(aliases))
      for (const version of [stable, ...(canary === undefined ? [] : [canary.version])]) {
        const record = standing.version(model, version)
        if (record?.state !== 'READY')
          violate(`alias: '${alias}' of ${model} names ${version}, which is ${record?.state ?? 'unknown'}`)
        else if (!world.host.has(record.endpoint?.name ?? ''))
          violate(`alias: '${alias}' of ${model} names ${version}, which has no endpoint`)
      }
    for (const version of accepted)
      if (standing.version(model, version)?.state !== 'READY')
        violate(`range: ${model} accepts ${version}, which is ${standing.version(model, version)?.state}`)
  }
  for (const record of standing.versions()) {
    if (record.state !== 'READY') continue
    const { owner, endpoint, image } = record
    if (!world.host.has(endpoint?.name ?? ''))
      violate(`alias: ${nameOf(record)} is READY and has no endpoint`)
    const is = `${owner}'s ${image?.digest}`
    const was = ledger.made.get(nameOf(record)) ?? is
    if (is !== was) violate(`claim: ${nameOf(record)} was READY as ${was}, and is ${is}`)
    ledger.made.set(nameOf(record), is)
  }
}

/** What must hold at the end of each day. */
export async function lookAtDay({ world, violate }: Stage): Promise<void> {
  const { standing } = world.registry
  for (const record of standing.models()) await lookAtChain(world, record, violate)
  for (const { id, kind, deadline, state, paused } of standing.unfinished())
    if (state === 'running' && paused === undefined && world.time.now() > deadline + 2 * day)
      violate(`end: ${kind} ${id} runs though its deadline was ${new Date(deadline).toISOString()}`)
}

async function lookAtChain(
  { registry, store }: Stage['world'],
  record: ModelRecord,
  violate: Stage['violate'],
) {
  const { model, aliases, accepted } = record
  const entries = registry.standing.history(model)
  const broken = findBreak(entries, record)
  if (broken !== undefined) violate(`chain: ${model} ${broken.rev} ${broken.fault}`)
  if (canonicalJson(entries.at(-1)?.after) !== canonicalJson({ aliases, accepted }))
    violate(`chain: the last entry of ${model} is not what its record says`)
  for (const entry of entries.slice(0, await store.recordedRev(model))) {
    const recorded = await store.record(model, entry.rev)
    if (recorded?.hash !== entry.hash) violate(`chain: record ${entry.rev} of ${model} is not its history's`)
  }
}

/** What must hold once everything has come to rest. */
export async function lookAtRest(stage: Stage): Promise<void> {
  const { world, ledger, violate } = stage
  const { standing } = world.registry
  for (const { id, kind, progress } of standing.unfinished())
    violate(`rest: ${kind} ${id} is still under way: ${progress.at(-1)?.text ?? 'it did nothing yet'}`)
  for (const { model, rev, aliases } of standing.models()) {
    for (const [alias, { canary }] of Object.entries(aliases))
      if (canary !== undefined) violate(`rest: '${alias}' of ${model} still has the canary ${canary.version}`)
    const recorded = await world.store.recordedRev(model)
    if (recorded !== rev)
      violate(`chain: ${model} has moved ${rev} times, and the store has ${recorded} records`)
  }
  for (const record of standing.versions()) lookAtVersion(stage, record)
  for (const { endpoint, model, version } of world.host.standing()) {
    const record = standing.version(model, version)
    if (record?.state !== 'READY')
      violate(`rest: ${endpoint.name} stands for ${model} ${version}, which is ${record?.state}`)
  }
  for (const [id, { kind }] of ledger.acknowledged) {
    const operation = standing.operation(id)
    if (operation === undefined || !isOver(operation))
      violate(`kept: ${kind} ${id} was acknowledged, and is ${operation?.state}`)
  }
  for (const upload of ledger.uploads.values())
    if (standing.version(upload.model, upload.version) === undefined)
      violate(`kept: ${nameOf(upload)} was uploaded and never released`)
}

function lookAtVersion({ world, ledger, violate }: Stage, record: VersionRecord): void {
  const name = nameOf(record)
  const { state, owner, endpoint } = record
  if (state === 'CREATING') violate(`rest: ${name} is still CREATING by ${owner}`)
  if (state === 'RETIRED') violate(`rest: ${name} is RETIRED and was never collected`)
  if ((state === 'RETIRED' || state === 'DELETING') && !ledger.retirementAsked.has(name))
    violate(`kept: ${name} is ${state}, and nobody asked for it`)
  if (state !== 'READY') return
  if (!world.host.has(endpoint?.name ?? '')) violate(`rest: ${name} is READY and has no endpoint`)
  // It was proven before it became READY: a release that failed after that has left it whole, and promoted nothing.
  const release = world.registry.standing.operation(owner)
  if (release === undefined || !isOver(release))
    violate(`rest: ${name} is READY, and its release is ${release?.state ?? 'unknown'}`)
}
