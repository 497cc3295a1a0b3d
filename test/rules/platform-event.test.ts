import { describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import {
  eventJsonSchema,
  eventSchema,
  eventTypes,
  type PlatformEvent,
  publishedEvent,
} from '../../lib/rules/platform-event.ts'

const at = '2026-03-01T10:00:00.000Z'
const asked = { model: 'churn', version: '1.4.0', operation: 'release-1', actor: 'ana', reason: 'better' }
const drift = {
  ...{ model: 'churn', version: '1.4.0', notice: 'drift:churn@1.4.0:2026-03-01T10-00-00Z', message: 'm' },
  ...{ baseline: 'training' as const, windowStart: at, windowEnd: at },
}
const shadow = {
  ...{ model: 'churn', version: '1.4.0', actor: 'ada', reason: 'r', alias: 'live' },
  ...{ shadow: 'shadow-1', message: 'm' },
}
const facts: { readonly [Type in PlatformEvent['type']]: Extract<PlatformEvent, { type: Type }> } = {
  'Release Started': { type: 'Release Started', ...asked, message: 'm' },
  'Model Version Registered': {
    type: 'Model Version Registered',
    ...asked,
    artifact: 'sha256:aa',
    image: 'sha256:bb',
    message: 'm',
  },
  'Release Failed': { type: 'Release Failed', ...asked, code: 'golden-check-failed', message: 'm' },
  'Canary Step': {
    type: 'Canary Step',
    ...asked,
    alias: 'live',
    weightPercent: 10,
    from: '1.3.0',
    message: 'm',
  },
  'Rollout Paused': { type: 'Rollout Paused', ...asked, alias: 'live', weightPercent: 10, message: 'm' },
  'Rollout Resumed': { type: 'Rollout Resumed', ...asked, alias: 'live', weightPercent: 10, message: 'm' },
  'Approval Needed': {
    type: 'Approval Needed',
    ...asked,
    alias: 'live',
    needs: 'four-eyes',
    expiresAt: at,
    message: 'm',
  },
  Approved: { type: 'Approved', ...asked, alias: 'live', decidedBy: 'ben', message: 'm' },
  Rejected: { type: 'Rejected', ...asked, alias: 'live', decidedBy: 'ben', message: 'm' },
  Promoted: { type: 'Promoted', ...asked, alias: 'live', from: '1.3.0', message: 'm' },
  'Rolled Back': {
    type: 'Rolled Back',
    ...asked,
    alias: 'live',
    to: '1.3.0',
    cause: 'verdict',
    message: 'm',
  },
  'Drift Detected': { type: 'Drift Detected', ...drift, columns: ['tenure'] },
  'Drift Ended': { type: 'Drift Ended', ...drift, columns: ['tenure'] },
  'Shadow Cast': { type: 'Shadow Cast', ...shadow, samplePercent: 10 },
  'Shadow Lifted': { type: 'Shadow Lifted', ...shadow },
  Repaired: {
    type: 'Repaired',
    model: 'churn',
    version: '1.4.0',
    operation: 'sweep-1',
    repair: 'removed',
    message: 'm',
  },
  Retired: { type: 'Retired', ...asked, message: 'm' },
  'Upload Ignored': { type: 'Upload Ignored', key: 'models/X', message: 'm' },
  'Operation Failed': {
    type: 'Operation Failed',
    ...asked,
    kind: 'promotion',
    alias: 'live',
    code: 'already-live',
    message: 'm',
  },
}
const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(eventJsonSchema())
const takes = (event: unknown) => {
  const asJson = validate(JSON.parse(JSON.stringify(event)))
  expect(eventSchema.safeParse(event).success).toBe(asJson)
  return asJson
}

describe('an event', () => {
  test.each(eventTypes)('of type %s is as the schema has it, on a laptop and on a bus', (type) => {
    const event = publishedEvent(facts[type], 'sluice', at)
    expect(takes(event)).toBe(true)
    const envelope = { version: '0', id: 'i', account: '1', region: 'eu-central-1', resources: [] }
    expect(takes({ ...event, ...envelope, time: '2026-03-01T10:00:00Z' })).toBe(true)
  })

  // What somebody builds on: a change here needs another schemaVersion, unless something is only added.
  test('has these fields and no others', () => {
    const common = ['schemaVersion', 'platform', 'at', 'message']
    const by = ['model', 'version', 'operation', 'actor', 'reason']
    const ofDrift = ['model', 'version', 'notice', 'columns', 'baseline', 'windowStart', 'windowEnd']
    const ofShadow = ['model', 'version', 'actor', 'reason', 'alias', 'shadow']
    const fields = Object.fromEntries(
      eventTypes.map((type) => [type, Object.keys(publishedEvent(facts[type], 's', at).detail)]),
    )
    const expected = {
      'Release Started': by,
      'Model Version Registered': [...by, 'artifact', 'image'],
      'Release Failed': [...by, 'code'],
      'Canary Step': [...by, 'alias', 'weightPercent', 'from'],
      'Rollout Paused': [...by, 'alias', 'weightPercent'],
      'Rollout Resumed': [...by, 'alias', 'weightPercent'],
      'Approval Needed': [...by, 'alias', 'needs', 'expiresAt'],
      Approved: [...by, 'alias', 'decidedBy'],
      Rejected: [...by, 'alias', 'decidedBy'],
      Promoted: [...by, 'alias', 'from'],
      'Rolled Back': [...by, 'alias', 'to', 'cause'],
      Retired: by,
      'Shadow Cast': [...ofShadow, 'samplePercent'],
      'Shadow Lifted': ofShadow,
      'Drift Detected': ofDrift,
      'Drift Ended': ofDrift,
      Repaired: ['model', 'version', 'operation', 'repair'],
      'Upload Ignored': ['key'],
      'Operation Failed': [...by, 'alias', 'code', 'kind'],
    }
    for (const [type, more] of Object.entries(expected))
      expect([type, fields[type]?.toSorted()]).toEqual([type, [...common, ...more].toSorted()])
    expect(Object.keys(expected).toSorted()).toEqual(eventTypes.toSorted())
  })

  test.each<[string, (event: Record<string, unknown>, detail: Record<string, unknown>) => object]>([
    ['of an unknown type', (event) => ({ ...event, 'detail-type': 'Prometed' })],
    ['with an unknown field', (event, detail) => ({ ...event, detail: { ...detail, extra: 1 } })],
    ['with an unknown field in the envelope', (event) => ({ ...event, extra: 1 })],
    ['of another source', (event) => ({ ...event, source: 'other' })],
    ['of another schema', (event, detail) => ({ ...event, detail: { ...detail, schemaVersion: 2 } })],
    [
      'without its platform',
      (event, detail) => ({
        ...event,
        detail: Object.fromEntries(Object.entries(detail).filter(([k]) => k !== 'platform')),
      }),
    ],
    ['with the fields of another type', (event) => ({ ...event, 'detail-type': 'Upload Ignored' })],
  ])('%s is none', (_, broken) => {
    const event = publishedEvent(facts.Promoted, 'sluice', at)
    expect(takes(event)).toBe(true)
    expect(takes(broken({ ...event }, { ...event.detail }))).toBe(false)
  })

  test('leaves out what is not known', () => {
    const event = publishedEvent({ type: 'Upload Ignored', key: 'k', message: 'm' }, 'sluice', at)
    expect(event.detail).toEqual({ schemaVersion: 1, platform: 'sluice', at, key: 'k', message: 'm' })
  })

  test('is far smaller than EventBridge takes, and valid, however long its texts are', () => {
    const long = fc.string({ unit: 'binary', minLength: 0, maxLength: 300_000, size: 'max' })
    const bad = fc.constantFrom('\u0000'.repeat(300_000), '\ud800'.repeat(300_000), '😀'.repeat(200_000))
    fc.assert(
      fc.property(fc.constantFrom(...eventTypes), fc.oneof(long, bad), (type, text) => {
        const staying = [
          'type',
          'cause',
          'kind',
          'needs',
          'expiresAt',
          'repair',
          'baseline',
          'windowStart',
          'windowEnd',
        ]
        const grown = Object.fromEntries(
          Object.entries(facts[type]).map(([name, value]) => [
            name,
            Array.isArray(value)
              ? Array(1000).fill(text)
              : staying.includes(name) || typeof value !== 'string'
                ? value
                : text,
          ]),
        ) as unknown as PlatformEvent
        const event = publishedEvent(grown, 'sluice', at)
        expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(256 * 1024)
        expect(validate(JSON.parse(JSON.stringify(event)))).toBe(true)
      }),
      { numRuns: 40 },
    )
  })
})
