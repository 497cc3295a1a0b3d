import { z } from 'zod'
import { repairKinds } from './reconcile.ts'

/**
 * What platforms tell the world: the names, fields and meaning of every event. People build on them, so they are
 * promises: under one `schemaVersion` fields and types of event are added, and none is renamed, removed or narrowed.
 */
export const eventSchemaVersion = 1

/** What rules on an event bus find a platform's events by. */
export const eventSource = 'sluice'

/** The longest text in an event, in characters. Six bytes each at worst: far from the 256 KB of an EventBridge entry. */
const longestText = 2000

/** So many columns are named, each with so many characters; the sentence says how many more there are. */
const mostColumns = 20
const longestColumn = 200

const text = (description: string) => z.string().max(longestText).describe(description)
const model = text('The model.')
const version = text('The version, semver.')

/** Why and by whom: what the operation was asked for with. */
const asked = {
  operation: text('The operation: GET /operations/{operation} tells the whole of it.'),
  actor: text('Who asked for it: an IAM principal, an API key, or a user of the laptop.'),
  reason: text('Why, as it stands in the history.'),
}
const alias = text('The alias that moves.')
const code = text('The code of the problem: `sluice explain CODE` prints its page.')

/** What every event of drift tells. */
const drift = {
  notice: text('Its id: what a version that was trained anew names in `source.answers`.'),
  columns: z
    .array(z.string().max(longestColumn))
    .max(mostColumns)
    .describe(`The columns that this is about, the one that moved the most first: at most ${mostColumns}.`),
  baseline: z
    .enum(['training', 'learning', 'learned'])
    .describe('What it was compared with: what the version was trained on, or its own first records.'),
  windowStart: z.iso.datetime().describe('When the window began that decided: RFC 3339, UTC.'),
  windowEnd: z.iso.datetime().describe('When it ended.'),
}

/** What every event of a shadow tells. */
const shadow = {
  model,
  version: text('The version that answers in the shadow.'),
  actor: asked.actor,
  reason: asked.reason,
  alias: text('The alias that it is the shadow of.'),
  shadow: text('The id of the shadow: its entry in the history names it, and what was found of it.'),
}

/** What each type of event tells besides what all of them do. */
const facts = {
  'Release Started': { model, version, ...asked },
  'Model Version Registered': {
    model,
    version,
    ...asked,
    artifact: text('The digest of the artifact.').optional(),
    image: text('The digest of the image.').optional(),
  },
  'Release Failed': { model, version, ...asked, code },
  'Canary Step': {
    model,
    version,
    ...asked,
    alias,
    weightPercent: z.int().min(1).max(99).describe('The share of the traffic that the canary gets now.'),
    from: text('The version that the others get.').optional(),
  },
  'Rollout Paused': {
    model,
    version,
    ...asked,
    alias,
    weightPercent: z.int().min(1).max(99).describe('The share of the traffic that the canary keeps.'),
  },
  'Rollout Resumed': {
    model,
    version,
    ...asked,
    alias,
    weightPercent: z.int().min(1).max(99).describe('The share of the traffic that the canary has.'),
  },
  'Approval Needed': {
    model,
    version,
    ...asked,
    alias,
    needs: z
      .enum(['required', 'four-eyes'])
      .describe('Any person with the right, or one who neither pushed nor asked.'),
    expiresAt: z.iso.datetime().describe('Nobody is waited for any longer: RFC 3339, UTC.'),
  },
  Approved: { model, version, ...asked, alias, decidedBy: text('Who decided.') },
  Rejected: { model, version, ...asked, alias, decidedBy: text('Who decided.') },
  Promoted: {
    model,
    version,
    ...asked,
    alias,
    from: text('The version that the alias served before; absent where it is new.').optional(),
  },
  'Rolled Back': {
    model,
    version: text('The version that the alias was taken back from.'),
    ...asked,
    alias,
    to: text('The version that the alias serves now.').optional(),
    cause: z
      .enum(['verdict', 'request', 'superseded'])
      .describe(
        'Harm that was seen in a rollout; somebody who asked; or another move of the alias meanwhile.',
      ),
  },
  'Shadow Cast': {
    ...shadow,
    samplePercent: z
      .number()
      .min(0)
      .max(100)
      .describe('The share of the calls of the alias that it is asked too.'),
  },
  'Shadow Lifted': shadow,
  Retired: { model, version, ...asked },
  'Upload Ignored': {
    model: model.optional(),
    version: version.optional(),
    key: text('The key in the model store.'),
  },
  Repaired: {
    model,
    version,
    operation: asked.operation,
    alias: alias.optional(),
    repair: z.enum(repairKinds).describe('What was done: docs/runbook.md says what each is.'),
  },
  'Drift Detected': { model, version, ...drift },
  'Drift Ended': { model, version, ...drift },
  'Operation Failed': {
    model,
    version,
    ...asked,
    code,
    kind: z.enum(['promotion', 'rollback', 'retirement', 'release']).describe('What was asked for.'),
    alias: alias.optional(),
  },
} as const

export type EventType = keyof typeof facts
export const eventTypes = Object.keys(facts) as EventType[]

const message = text('What happened, as a sentence for people: not for programs.')

type Facts<Type extends EventType> = z.input<z.ZodObject<(typeof facts)[Type]>>

/** An event as a step tells it: what happened. Where and when is added by what publishes it. */
export type PlatformEvent = {
  readonly [Type in EventType]: { readonly type: Type; readonly message: string } & Readonly<Facts<Type>>
}[EventType]

const detailOf = (type: EventType) =>
  z.strictObject({
    schemaVersion: z
      .literal(eventSchemaVersion)
      .describe('Counts up when something is renamed, removed or narrowed; not when it is added.'),
    platform: text('The name of the platform.'),
    at: z.iso.datetime().describe('When it was told: RFC 3339, UTC, to the millisecond.'),
    message,
    ...facts[type],
  })

/** An event as it is delivered: EventBridge's envelope. A laptop leaves out what only an account has. */
const deliveredAs = (type: EventType) =>
  z.strictObject({
    source: z.literal(eventSource),
    'detail-type': z.literal(type).describe('What happened.'),
    time: z.iso.datetime().describe('As `detail.at`; EventBridge keeps whole seconds.'),
    detail: detailOf(type),
    version: z.string().optional().describe("Of EventBridge's envelope."),
    id: z.string().optional().describe('Of this delivery.'),
    account: z.string().optional(),
    region: z.string().optional(),
    resources: z.array(z.string()).optional(),
    'replay-name': z.string().optional().describe('Where an archive was replayed.'),
  })

const [first, ...others] = eventTypes.map(deliveredAs)

/** One schema for every event of every platform. */
export const eventSchema = z
  .discriminatedUnion('detail-type', [first as ReturnType<typeof deliveredAs>, ...others])
  .describe('An event of a Sluice platform.')

/** An event as it is published, in both worlds. */
export interface PublishedEvent {
  readonly source: typeof eventSource
  readonly 'detail-type': EventType
  readonly time: string
  readonly detail: Readonly<Record<string, unknown>> & { readonly platform: string; readonly message: string }
}

/**
 * The event as it is published. A text that is longer than the schema allows is cut, and says so by its end: to tell
 * less of it is better than to tell nothing.
 * @param at RFC 3339, UTC
 */
export function publishedEvent(
  { type, ...told }: PlatformEvent,
  platform: string,
  at: string,
): PublishedEvent {
  const known = Object.entries(told).filter(([, value]) => value !== undefined)
  const cut = known.map(([name, value]) => [name, cutToSize(value)] as const)
  return {
    source: eventSource,
    'detail-type': type,
    time: at,
    detail: {
      schemaVersion: eventSchemaVersion,
      platform,
      at,
      ...(Object.fromEntries(cut) as { message: string }),
    },
  }
}

function cutToSize(value: unknown, longest = longestText): unknown {
  if (Array.isArray(value)) return value.slice(0, mostColumns).map((one) => cutToSize(one, longestColumn))
  if (typeof value !== 'string') return value
  return (value.length > longest ? `${value.slice(0, longest - 1)}…` : value).toWellFormed()
}

/** The JSON Schema (draft 2020-12) of every event, for whoever consumes them. */
export function eventJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(eventSchema, { io: 'input' }), title: 'Sluice event' }
}
