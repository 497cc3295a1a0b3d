import { capturePlan } from '../../lib/rules/capture/capture-plan.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import { driftPlan } from '../../lib/rules/monitoring/drift-plan.ts'
import { watchedSignature } from '../../lib/rules/monitoring/watched-signature.ts'
import type { Ports } from '../ports.ts'
import { lookAtWindows, type WatchedVersion } from './drift-windows.ts'
import type { EveryVersion } from './every-version.ts'
import { tellNotices } from './tell-notices.ts'

export interface DriftLimits {
  /** A window is looked at so long after its end, in milliseconds: records come late. */
  readonly graceMs: number
  /** So many windows of a version in a run; the next run goes on with the next. */
  readonly mostWindows: number
  /** After this no window is begun with any more, in milliseconds. */
  readonly forMs: number
}

/** Firehose hands over what it has within 15 minutes at most, and a call lasts some. */
export const usualDriftLimits: DriftLimits = { graceMs: 20 * 60_000, mostWindows: 50, forMs: 10 * 60_000 }

/** What a run came to. */
export interface DriftLook {
  readonly windows: number
  readonly raised: number
  readonly cleared: number
  /** Webhooks that are not tried any more. */
  readonly givenUp: number
  /** What could not be looked at, or told, in words for people. */
  readonly broken: readonly string[]
}

type DriftPorts = Pick<
  Ports,
  'registry' | 'captures' | 'monitoring' | 'webhooks' | 'events' | 'workflows' | 'clock' | 'settings'
>

/**
 * Look for drift in what was recorded since the last time, of every version that is recorded, and tell what was found. It may
 * be killed anywhere, and run twice at once: a window has the same bytes however often it is looked at, and a
 * notice the same id. A version that cannot be looked at keeps no other from it.
 */
export async function lookForDrift(
  ports: DriftPorts,
  models: EveryVersion,
  limits: Partial<DriftLimits> = {},
): Promise<DriftLook> {
  const { forMs, ...rest } = { ...usualDriftLimits, ...limits }
  const deadline = ports.clock.now() + forMs
  const looks: DriftLook[] = []
  for (const record of [...models.values()].flat()) {
    const watched = watchedVersion(record)
    if (watched !== undefined) looks.push(await lookAt(ports, watched, { ...rest, deadline }))
  }
  const sum = (of: 'windows' | 'raised' | 'cleared' | 'givenUp') =>
    looks.reduce((all, look) => all + look[of], 0)
  return {
    windows: sum('windows'),
    raised: sum('raised'),
    cleared: sum('cleared'),
    givenUp: sum('givenUp'),
    broken: looks.flatMap(({ broken }) => broken),
  }
}

/** @returns undefined where nothing of a version is recorded, or nobody knows what it takes */
function watchedVersion(record: VersionRecord): WatchedVersion | undefined {
  const { model, version, state, manifest, signature, readyAt } = record
  if (state !== 'READY' || manifest === undefined || signature === undefined) return undefined
  const capture = capturePlan(manifest.capture, signature)
  if (capture === undefined) return undefined
  return {
    model,
    version,
    readyAtMs: Date.parse(readyAt ?? record.createdAt),
    retentionDays: capture.retentionDays,
    signature: watchedSignature(signature, capture),
    plan: driftPlan(manifest.drift),
  }
}

async function lookAt(
  ports: DriftPorts,
  watched: WatchedVersion,
  limits: Parameters<typeof lookAtWindows>[2],
): Promise<DriftLook> {
  const broken: string[] = []
  const failed = (what: string) => (error: unknown) => {
    broken.push(
      `${watched.model} ${watched.version} could not be ${what}: ${Error.isError(error) ? error.message : error}`,
    )
    return undefined
  }
  const found = await lookAtWindows(ports, watched, limits).catch(failed('looked at for drift'))
  const givenUp = (await tellNotices(ports, watched).catch(failed('told of'))) ?? 0
  return { windows: 0, raised: 0, cleared: 0, ...found, givenUp, broken }
}
