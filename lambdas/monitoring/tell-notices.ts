import { cloudEvent, cloudEventType } from '../../lib/rules/monitoring/cloud-event.ts'
import { attempted, type Delivery, isDue, newDelivery } from '../../lib/rules/monitoring/delivery.ts'
import type { OnDrift } from '../../lib/rules/monitoring/drift-plan.ts'
import { parseStanding, standingText } from '../../lib/rules/monitoring/drift-standing.ts'
import type { Notice } from '../../lib/rules/monitoring/notice.ts'
import { signedHeaders } from '../../lib/rules/monitoring/signed-hook.ts'
import { monitoringKeys } from '../../lib/wiring/monitoring-layout.ts'
import type { Ports } from '../ports.ts'
import type { WatchedVersion } from './drift-windows.ts'
import { secretsOf } from './hook-secrets.ts'
import { returnAliases } from './return-aliases.ts'

type TellingPorts = Pick<
  Ports,
  'registry' | 'monitoring' | 'webhooks' | 'events' | 'workflows' | 'clock' | 'settings'
>

/**
 * Tell what was found and not told yet: the event, then what the manifest asks for. Each is written down as it is done, so
 * that a run that dies tells at most one thing twice, under the same id.
 * @returns how many webhooks were given up
 */
export async function tellNotices(ports: TellingPorts, watched: WatchedVersion): Promise<number> {
  const { model, version, plan } = watched
  const key = monitoringKeys.breaches(model, version)
  const { undone } = parseStanding(await ports.monitoring.read(key))
  const done: string[] = []
  let givenUp = 0
  for (const name of undone) {
    const told = await tellNotice(ports, monitoringKeys.notice(model, version, name), plan.onDrift)
    if (told === undefined) continue
    done.push(name)
    givenUp += told
  }
  if (done.length === 0) return 0
  const standing = parseStanding(await ports.monitoring.read(key))
  const left = standing.undone.filter((name) => !done.includes(name))
  await ports.monitoring.write(key, standingText({ ...standing, undone: left }))
  return givenUp
}

/** Tell one notice as far as it is time to. @returns how many webhooks gave up, once nothing is left to be told of it */
async function tellNotice(ports: TellingPorts, key: string, onDrift: OnDrift): Promise<number | undefined> {
  const text = await ports.monitoring.read(key)
  if (text === undefined) return 0
  let notice = JSON.parse(text) as Notice
  const keep = async (facts: Partial<Notice>) => {
    notice = { ...notice, ...facts }
    await ports.monitoring.write(key, `${JSON.stringify(notice)}\n`)
  }
  if (notice.toldAt === undefined) {
    await ports.events.publish(eventOf(notice))
    await keep({ toldAt: new Date(ports.clock.now()).toISOString() })
  }
  const isNew = notice.kind === 'detected'
  if (isNew && onDrift.rollback === true && notice.rollback === undefined)
    await keep({ rollback: await returnAliases(ports, notice) })
  if (onDrift.webhook !== undefined) {
    const webhook = await delivered(ports, notice, notice.webhook ?? newDelivery(onDrift.webhook))
    if (webhook !== notice.webhook) await keep({ webhook })
  }
  if (isNew && onDrift.retrain !== undefined) {
    const retrain = await delivered(ports, notice, notice.retrain ?? newDelivery(onDrift.retrain), 'retrain')
    if (retrain !== notice.retrain) await keep({ retrain })
  }
  const states = [notice.webhook?.state, notice.retrain?.state]
  if (states.includes('waiting')) return undefined
  return states.filter((state) => state === 'given-up').length
}

async function delivered(
  ports: TellingPorts,
  notice: Notice,
  delivery: Delivery,
  asks?: 'retrain',
): Promise<Delivery> {
  const now = ports.clock.now()
  if (!isDue(delivery, now)) return delivery
  const body = cloudEvent(notice, ports.settings.platform, asks)
  const { id } = JSON.parse(body) as { readonly id: string }
  const signed = signedHeaders(id, body, await secretsOf(ports, notice.model), now)
  const headers = { 'content-type': cloudEventType, ...signed }
  const answer = await ports.webhooks.post(delivery.url, headers, body)
  return attempted(delivery, { at: new Date(now).toISOString(), ...answer })
}

function eventOf({ id, kind, model, version, window, baseline, sentence, columns }: Notice) {
  return {
    type: kind === 'detected' ? 'Drift Detected' : 'Drift Ended',
    message: sentence,
    ...{ model, version, notice: id, baseline, windowStart: window.start, windowEnd: window.end },
    columns: columns.map(({ name }) => name),
  } as const
}
