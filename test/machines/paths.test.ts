import { beforeAll, describe, expect, test } from '@jest/globals'
import type { StepName } from '../../lib/wiring/handler-names.ts'
import type { ExtractedMachines } from '../../local/state-machines.ts'
import { machinesOfTemplate, smoothRelease } from '../harness/machines.ts'
import { type Act, answers, play, smooth, soon } from './stage.ts'

let machines: ExtractedMachines

beforeAll(async () => {
  machines = await machinesOfTemplate()
})

/** A step that asks for so many looks more, and then answers otherwise. */
const looks =
  (status: string, count: number, last: object): Act =>
  (visit) =>
    visit < count ? { status, step: 0, waitUntil: soon() } : last

const from = (step: StepName) => smoothRelease.slice(smoothRelease.indexOf(step))
const times = (step: StepName, count: number): StepName[] => Array.from({ length: count }, () => step)

describe('a release', () => {
  test.each<[string, StepName]>([
    ['freeze', 'freezeArtifact'],
    ['inspect', 'inspectArtifact'],
    ['pack', 'packImage'],
    ['deploy', 'createEndpoint'],
    ['ready', 'startPromotion'],
  ])('that is claimed at stage %s goes on with %s and skips what came before', async (status, next) => {
    const played = await play(machines, 'release', { ...smooth.release, claimVersion: answers({ status }) })
    expect(played).toMatchObject({ path: ['claimVersion', ...from(next)], outcome: 'succeeded' })
  })

  test.each(['duplicate', 'over'])('that is found to be %s ends quietly', async (status) => {
    const played = await play(machines, 'release', { claimVersion: answers({ status }) })
    expect(played).toMatchObject({ path: ['claimVersion'], outcome: 'succeeded' })
  })

  test('looks at an upload until it is frozen', async () => {
    const freezeArtifact = looks('waiting', 4, { status: 'frozen' })
    const played = await play(machines, 'release', { ...smooth.release, freezeArtifact })
    expect(played.path).toEqual(['claimVersion', ...times('freezeArtifact', 4), ...from('freezeArtifact')])
  })

  test('looks at an image until it is packed, and packs nothing else meanwhile', async () => {
    const packImage = looks('building', 3, { status: 'packed' })
    const played = await play(machines, 'release', { ...smooth.release, packImage })
    expect(played.path).toEqual([
      ...smoothRelease.slice(0, 3),
      ...times('packImage', 3),
      ...from('packImage'),
    ])
  })

  test('looks at an endpoint until it is active, and creates it once', async () => {
    const checkEndpoint = looks('creating', 5, { status: 'active' })
    const played = await play(machines, 'release', { ...smooth.release, checkEndpoint })
    expect(played.path).toEqual([
      ...smoothRelease.slice(0, 5),
      ...times('checkEndpoint', 5),
      ...from('checkEndpoint'),
    ])
  })

  test.each<[StepName, string]>([
    ['freezeArtifact', 'frozen'],
    ['packImage', 'packed'],
    ['checkEndpoint', 'active'],
  ])('goes on from %s by no other answer than %s', async (step, done) => {
    const unheard = looks('unheard-of', 2, { status: done })
    const played = await play(machines, 'release', { ...smooth.release, [step]: unheard })
    expect(played.path).toEqual([
      ...smoothRelease.slice(0, smoothRelease.indexOf(step)),
      ...times(step, 2),
      ...from(step),
    ])
  })

  test('looks again when the step said, and not before', async () => {
    const seen: number[] = []
    let until = 0
    const checkEndpoint: Act = (visit) => {
      seen.push(Date.now())
      if (visit > 0) return { status: 'active' }
      until = Date.now() + 120
      return { status: 'creating', waitUntil: new Date(until).toISOString() }
    }
    await play(machines, 'release', { ...smooth.release, checkEndpoint })
    expect(seen).toHaveLength(2)
    expect(seen[1]).toBeGreaterThanOrEqual(until)
  })
})

describe('a promotion', () => {
  const promote = (script: Parameters<typeof play>[2]) =>
    play(machines, 'promotion', { ...smooth.promotion, ...script })

  test('that moves all traffic at once is closed at once', async () => {
    const played = await promote({ openPromotion: answers({ status: 'promoted' }) })
    expect(played).toMatchObject({ path: ['openPromotion', 'closePromotion'], outcome: 'succeeded' })
  })

  test('to what sleeps waits until it answers, and goes on from there', async () => {
    const waking = { status: 'waking', waitUntil: soon() }
    const played = await promote({ openPromotion: answers(waking, waking, { status: 'promoted' }) })
    expect(played.path).toEqual([...times('openPromotion', 3), 'closePromotion'])
  })

  test('that lost its alias before it began is closed', async () => {
    const played = await promote({ openPromotion: answers({ status: 'gone' }) })
    expect(played).toMatchObject({ path: ['openPromotion', 'closePromotion'], outcome: 'succeeded' })
  })

  test('that was over before it began ends quietly', async () => {
    const played = await promote({ openPromotion: answers({ status: 'over' }) })
    expect(played).toMatchObject({ path: ['openPromotion'], outcome: 'succeeded' })
  })

  test('judges a canary again and again while the verdict is to hold', async () => {
    const judgeCanary = looks('hold', 6, { status: 'advance', step: 0, waitUntil: soon() })
    const played = await promote({ judgeCanary })
    expect(played.path).toEqual([
      'openPromotion',
      ...times('judgeCanary', 7),
      'advanceRollout',
      'closePromotion',
    ])
  })

  test('gives a good canary each step of its rollout, and names the step that was judged', async () => {
    const played = await promote({
      judgeCanary: (visit) => ({ status: 'advance', step: visit, waitUntil: soon() }),
      advanceRollout: looks('baking', 3, { status: 'promoted' }),
    })
    const rounds: StepName[] = ['judgeCanary', 'advanceRollout']
    expect(played.path).toEqual([
      'openPromotion',
      ...rounds,
      ...rounds,
      ...rounds,
      ...rounds,
      'closePromotion',
    ])
    const advanced = played.calls.filter(({ step }) => step === 'advanceRollout')
    expect(advanced.map(({ input }) => input['step'])).toEqual([0, 1, 2, 3])
  })

  test('takes the traffic back from a harmful canary, and never advances it', async () => {
    const judgeCanary = looks('hold', 2, { status: 'rollback', step: 0, waitUntil: soon() })
    const played = await promote({ judgeCanary })
    expect(played).toMatchObject({
      path: ['openPromotion', ...times('judgeCanary', 3), 'returnTraffic', 'closePromotion'],
      outcome: 'succeeded',
    })
  })

  test('goes on in a new execution when it has looked often enough, and leaves the operation open', async () => {
    const played = await promote({ judgeCanary: looks('continue', 1, {}) })
    expect(played).toMatchObject({
      path: ['openPromotion', 'judgeCanary', 'continuePromotion'],
      outcome: 'succeeded',
    })
  })

  test('gives no traffic for an answer that it does not know', async () => {
    const unheard = answers({ status: 'unheard-of', step: 0, waitUntil: soon() })
    for (const script of [{ openPromotion: unheard }, { judgeCanary: unheard }])
      expect((await promote(script)).path).not.toContain('advanceRollout')
  })

  test('is closed where its canary is gone, and touches no traffic', async () => {
    const played = await promote({ judgeCanary: looks('gone', 1, {}) })
    expect(played).toMatchObject({
      path: ['openPromotion', 'judgeCanary', 'closePromotion'],
      outcome: 'succeeded',
    })
  })

  test('is closed where its canary was gone when it was to advance', async () => {
    const played = await promote({ advanceRollout: answers({ status: 'gone' }) })
    expect(played.path).toEqual(['openPromotion', 'judgeCanary', 'advanceRollout', 'closePromotion'])
  })
})

test('a rollback to what sleeps is closed once that answers', async () => {
  const probeTarget = answers({ status: 'waking', waitUntil: soon() }, { status: 'probed' })
  const played = await play(machines, 'rollback', { probeTarget })
  expect(played).toMatchObject({ path: [...times('probeTarget', 2), 'closeRollback'], outcome: 'succeeded' })
})

test.each<['rollback' | 'retirement', StepName]>([
  ['rollback', 'probeTarget'],
  ['retirement', 'retireVersion'],
])('a %s that is over ends quietly after %s', async (kind, first) => {
  const played = await play(machines, kind, { [first]: answers({ status: 'over' }) })
  expect(played).toMatchObject({ path: [first], outcome: 'succeeded' })
})
