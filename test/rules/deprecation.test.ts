import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  checkSuccessor,
  deprecationHeaders,
  parseSunset,
  sentTo,
  successorLink,
} from '../../lib/rules/deprecation.ts'
import { versionRecord } from '../harness/records.ts'
import { refusal } from './refusal.ts'

const now = Date.parse('2026-03-01T10:00:00Z')

describe('a sunset', () => {
  test.each([
    ['2026-03-02', '2026-03-02T00:00:00.000Z'],
    ['2026-03-01T10:00:01Z', '2026-03-01T10:00:01.000Z'],
    ['2026-03-01T12:00:00+01:00', '2026-03-01T11:00:00.000Z'],
    // HTTP tells whole seconds, and never one too early.
    ['2026-03-01T10:00:00.001Z', '2026-03-01T10:00:01.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
  ])('%s is %s', (text, sunset) => {
    expect(parseSunset(text, now)).toBe(sunset)
  })

  test.each([
    '',
    'soon',
    '2027',
    '2027-02-29',
    '2027-13-01',
    '01.04.2027',
    '2027-04-01T10:00:00',
    '1792141200',
    '2027-04-01T25:00:00Z',
  ])('%j is none', (text) => {
    expect(refusal(() => parseSunset(text, now)).code).toBe('sunset-malformed')
  })

  test.each(['2026-03-01', '2026-03-01T10:00:00Z', '1999-12-31'])('%s is past', (text) => {
    expect(refusal(() => parseSunset(text, now)).message).toContain('which is past')
  })

  test('of any time to come is the same moment, at most a second later', () => {
    const times = fc.date({
      min: new Date(now + 1),
      max: new Date('2999-01-01T00:00:00Z'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(times, (time) => {
        const late = Date.parse(parseSunset(time.toISOString(), now)) - time.getTime()
        expect(late).toBeGreaterThanOrEqual(0)
        expect(late).toBeLessThan(1000)
      }),
    )
  })
})

describe('a successor', () => {
  const deprecation = { at: '2026-01-01T00:00:00Z', reason: 'old' }

  test.each([
    ['itself', '1.0.0', versionRecord('churn', '1.0.0', { state: 'READY' }), 'it is the same version'],
    ['not there', '2.0.0', undefined, 'there is no such version'],
    ['being made', '2.0.0', versionRecord('churn', '2.0.0'), 'it is CREATING'],
    ['retired', '2.0.0', versionRecord('churn', '2.0.0', { state: 'RETIRED' }), 'it is RETIRED'],
    [
      'deprecated',
      '2.0.0',
      versionRecord('churn', '2.0.0', { state: 'READY', deprecation }),
      'it is deprecated itself',
    ],
  ])('that is %s is unfit', (_, successor, found, why) => {
    const problem = refusal(() => checkSuccessor('1.0.0', successor, found))
    expect([problem.code, problem.message]).toEqual(['successor-unfit', expect.stringContaining(why)])
  })

  test('that is READY is fit', () => {
    const fit = versionRecord('churn', '2.0.0', { state: 'READY' })
    expect(() => checkSuccessor('1.0.0', '2.0.0', fit)).not.toThrow()
  })

  test('is known by those who are sent to it', () => {
    const to = (version: string, successor: string, state: 'READY' | 'RETIRED' = 'READY') =>
      versionRecord('churn', version, { state, deprecation: { ...deprecation, successor } })
    const versions = [to('1.0.0', '2.0.0'), to('1.1.0', '2.1.0'), to('1.2.0', '2.0.0', 'RETIRED')]
    expect(sentTo('2.0.0', versions)).toEqual(['1.0.0'])
  })
})

describe('the headers of a deprecated version', () => {
  const path = '/models/churn/versions/1.0.0/invocations'

  test('are those of RFC 9745, 8594 and 8288', () => {
    const deprecation = {
      at: '2026-03-01T10:00:00.900Z',
      sunset: '2027-04-01T00:00:00.000Z',
      successor: '2.0.0',
      reason: 'x',
    }
    expect(deprecationHeaders(deprecation, path)).toEqual({
      Deprecation: '@1772359200',
      Sunset: 'Thu, 01 Apr 2027 00:00:00 GMT',
      Link: '<../../versions/2.0.0/invocations>; rel="successor-version"',
    })
  })

  test('say nothing of what was not decided', () => {
    expect(deprecationHeaders({ at: '2026-03-01T10:00:00Z', reason: 'x' }, path)).toEqual({
      Deprecation: '@1772359200',
    })
  })

  test('lead to the successor from wherever it was asked for, behind a stage as well', () => {
    const fromPaths = [
      'invocations',
      'aliases/live/invocations',
      'versions/1.0.0/invocations',
      'versions/^1.2/invocations',
    ]
    for (const stage of ['', '/prod'])
      for (const from of fromPaths) {
        const [, link = ''] = /^<(.*)>/.exec(successorLink('2.0.0', `/models/churn/${from}`)) ?? []
        const led = new URL(link, `https://api.example${stage}/models/churn/${from}`)
        expect(led.pathname).toBe(`${stage}/models/churn/versions/2.0.0/invocations`)
      }
  })
})
