import type { FrozenFile } from '../../lib/rules/artifact.ts'
import type { Manifest } from '../../lib/rules/manifest.ts'
import { baselineFacts, baselineText } from '../../lib/rules/monitoring/baseline-document.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import { monitoringKeys } from '../../lib/wiring/monitoring-layout.ts'
import type { Ports } from '../ports.ts'
import { readBaseline } from './read-baseline.ts'

/**
 * Keep the baseline that a release brings, as a sketch. One that an earlier release of the version left, which failed, is
 * nobody's any more. A release does not fail because it could not be kept: then the version learns one.
 * @returns what was kept, for people; undefined where the release has none @throws Problem `baseline-invalid`
 */
export async function keepBaseline(
  { store, monitoring }: Pick<Ports, 'store' | 'monitoring'>,
  { model, version }: { readonly model: string; readonly version: string },
  files: readonly FrozenFile[],
  { manifest, signature }: { readonly manifest: Manifest; readonly signature?: Signature },
): Promise<string | undefined> {
  const key = monitoringKeys.baseline(model, version)
  const watched = { signature, hidden: manifest.capture }
  const baseline = await readBaseline(files, watched, (path) => (first, end) => {
    const file = files.find((one) => one.path === path)
    if (file === undefined) throw new Error(`${path} is no file of the release`)
    return store.open(file, first, end)
  })
  if (baseline === undefined) {
    await removeLeft(monitoring, key).catch(() => {})
    return undefined
  }
  const { file, sketch } = baseline
  try {
    await monitoring.write(key, baselineText({ kind: 'training', file, sketch }))
  } catch (error) {
    return `could not keep a sketch of ${file}, and learns from its first recorded rows: ${Error.isError(error) ? error.message : error}`
  }
  return `keeps a sketch of ${sketch.rows} rows of ${file} as the baseline`
}

async function removeLeft(monitoring: Ports['monitoring'], key: string): Promise<void> {
  const left = await monitoring.read(key)
  if (left !== undefined && baselineFacts(left).kind === 'training') await monitoring.remove(key)
}
