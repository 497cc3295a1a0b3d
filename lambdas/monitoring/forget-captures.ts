import { capturePlan } from '../../lib/rules/capture/capture-plan.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import { momentOf, monitoringKeys } from '../../lib/wiring/monitoring-layout.ts'
import type { Ports } from '../ports.ts'
import type { EveryVersion } from './every-version.ts'

const dayMs = 24 * 3_600_000

/** The windows of a version that are kept: of hourly ones those of three months. */
const mostWindows = 2200

type ForgettingPorts = Pick<Ports, 'captures' | 'monitoring' | 'clock'>

/**
 * Remove what was recorded longer ago than its manifest keeps it, whatever became of the version since; once a day, however
 * often it is called. @returns what could not be removed, in words for people
 */
export async function forgetCaptures(
  ports: ForgettingPorts,
  models: EveryVersion,
): Promise<readonly string[]> {
  const broken: string[] = []
  for (const [model, versions] of models)
    await forgetOf(ports, model, versions).catch((error: unknown) => {
      broken.push(
        `what was recorded of ${model} could not be removed: ${Error.isError(error) ? error.message : error}`,
      )
    })
  return broken
}

async function forgetOf(
  ports: ForgettingPorts,
  model: string,
  versions: readonly VersionRecord[],
): Promise<void> {
  const { captures, monitoring, clock } = ports
  const recorded = versions.flatMap(({ version, manifest, signature }) => {
    const plan = manifest && capturePlan(manifest.capture, signature)
    return plan === undefined ? [] : [{ version, plan }]
  })
  if (recorded.length === 0) return
  const now = clock.now()
  const key = monitoringKeys.forgotten(model)
  const { atMs = 0 } = JSON.parse((await monitoring.read(key)) ?? '{}') as { readonly atMs?: number }
  if (now - atMs < dayMs) return
  for (const { version, plan } of recorded) {
    await captures.forget({ model, version, beforeMs: now - plan.retentionDays * dayMs })
    await forgetWindows(ports, model, version)
  }
  await monitoring.write(key, `${JSON.stringify({ atMs: now })}\n`)
}

async function forgetWindows(
  { monitoring }: Pick<Ports, 'monitoring'>,
  model: string,
  version: string,
): Promise<void> {
  const keys = (await monitoring.list(monitoringKeys.windows(model, version))).filter(
    (key) => momentOf(key) !== undefined,
  )
  for (const key of keys.slice(0, Math.max(0, keys.length - mostWindows))) await monitoring.remove(key)
}
