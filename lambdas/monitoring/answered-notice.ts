import type { Manifest } from '../../lib/rules/manifest.ts'
import { type Notice, noticePlace } from '../../lib/rules/monitoring/notice.ts'
import { monitoringKeys } from '../../lib/wiring/monitoring-layout.ts'
import type { Ports } from '../ports.ts'

/** What a release answers to, for people; undefined where it says nothing of it. It fails for none of it. */
export async function answeredBy(
  { monitoring }: Pick<Ports, 'monitoring'>,
  { source }: Pick<Manifest, 'source'>,
): Promise<string | undefined> {
  const id = source?.answers
  if (id === undefined) return undefined
  const place = noticePlace(id)
  const text =
    place &&
    (await monitoring
      .read(monitoringKeys.notice(place.model, place.version, place.name))
      .catch(() => undefined))
  if (text === undefined) return `says that it answers ${id}, of which this platform knows nothing`
  return `answers ${id}: ${(JSON.parse(text) as Notice).sentence}`
}
