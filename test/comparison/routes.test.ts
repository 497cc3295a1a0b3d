import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { says } from '../serving/rig.ts'
import { Rig, tenures } from './rig.ts'

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await rig.release('1.0.0', () => 0.5, { manifest: 'capture: {samplePercent: 100}\n' })
  await rig.release('1.1.0', ({ tenure }) => (tenure < 10 ? 0.9 : 0.5))
  rig.record('1.0.0', tenures(100))
})
afterEach(() => rig.close())

const path = '/models/churn/comparisons'
const asked = { a: '1.0.0', b: '1.1.0' }

describe('a comparison that is asked for', () => {
  test('is answered, and kept', async () => {
    const { status, json } = await rig.call('POST', path, asked)
    expect(status).toBe(200)
    expect(json).toMatchObject({ by: 'ada', found: 100, report: { agreed: 90, tolerance: 0.01 } })
    expect(json).not.toHaveProperty('runsUntil')
    const { id } = json as { id: string }
    expect((await rig.call('GET', path)).json).toEqual({ comparisons: [id] })
    expect((await rig.call('GET', `${path}/${id}`)).json).toEqual(json)
  })

  test('can be looked at while it runs, and a second one waits for its end', async () => {
    const name = await rig.endpoint('1.1.0')
    const script = rig.host.scripts.get(name)
    const id = '2026-03-01T10-00-00Z-mine'
    const seen: unknown[] = []
    rig.host.scripts.set(name, async (request) => {
      rig.now += 100
      if (rig.now % 2000 === 0) {
        seen.push((await rig.call('GET', `${path}/${id}`)).json)
        seen.push((await rig.call('POST', path, asked)).json)
      }
      return script === undefined ? says({}) : script(request)
    })
    await rig.call('POST', path, { ...asked, id })
    expect(seen[0]).toMatchObject({ id, runsUntil: expect.any(Number), found: 100 })
    expect(seen[1]).toMatchObject({
      code: 'comparison-under-way',
      detail: 'churn 1.0.0 and 1.1.0 are being compared',
    })
    expect((await rig.call('POST', path, asked)).status).toBe(200)
  })

  test.each([
    [{ a: '1.0.0' }, 'request-malformed'],
    [{ ...asked, last: 0 }, 'request-malformed'],
    [{ ...asked, last: 10_001 }, 'request-malformed'],
    [{ ...asked, tolerance: -1 }, 'request-malformed'],
    [{ ...asked, id: '../x' }, 'request-malformed'],
    [{ ...asked, b: 'newest' }, 'version-malformed'],
    [{ ...asked, b: '3.0.0' }, 'version-unknown'],
  ])('by %j is refused with %s', async (body, code) => {
    expect((await rig.call('POST', path, body)).json).toMatchObject({ code })
    expect((await rig.call('GET', path)).json).toEqual({ comparisons: [] })
  })

  test('is forgotten when twenty newer ones are kept', async () => {
    for (let i = 0; i < 22; i += 1) {
      rig.now += 1000
      await rig.call('POST', path, { ...asked, last: 1 })
    }
    const { comparisons } = (await rig.call('GET', path)).json as { comparisons: string[] }
    expect(comparisons).toHaveLength(20)
    expect(comparisons[0]).toMatch(/^2026-03-01T10-00-22Z-/)
    expect(comparisons.at(-1)).toMatch(/^2026-03-01T10-00-03Z-/)
  })
})

test.each(['2026-03-01T10-00-00Z-none', '..', 'x'])(
  'a comparison %s that is not kept is unknown',
  async (id) => {
    expect((await rig.call('GET', `${path}/${id}`)).json).toMatchObject({ code: 'comparison-unknown' })
  },
)
