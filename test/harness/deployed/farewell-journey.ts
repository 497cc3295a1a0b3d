import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { findBreak } from '../../../lib/rules/audit.ts'
import type { Operation } from '../../../lib/rules/operation.ts'
import { until } from '../until.ts'
import type { Door } from './place.ts'
import { kept } from './promise-journey.ts'
import type { Travels } from './travels.ts'

const row = { x: 1, z: 2 }
const goes = `${kept}/versions/1.1.0`
const successor = '<../../versions/1.2.0/invocations>; rel="successor-version"'

/** How a version goes, and how all that happened is told; after `promiseJourney`. */
export function farewellJourney(here: () => Travels, door: Door, patienceMs: number): void {
  test('tells callers of a deprecated version so in headers, byte for byte, and where to go', async () => {
    // It must be to come when a function that begins anew hears of it.
    const sunset = new Date(Math.ceil(Date.now() / 1000 + 25) * 1000)
    const asked = { sunset: sunset.toISOString(), successor: '1.2.0', reason: 'it needs too much' }
    const told = await here().platform.call('POST', `/models/${goes}/deprecation`, asked)
    expect([told.status, told.body]).toEqual([200, expect.any(String)])
    const { deprecation } = await here().read<{ deprecation: { at: string } }>(`/models/${goes}`)
    const answer = await until('its callers are told', async () => {
      const found = await here().ask(goes, row)
      return found.headers['deprecation'] !== undefined && found
    })
    expect(answer.status).toBe(200)
    expect(answer.headers).toMatchObject({
      deprecation: `@${Math.floor(Date.parse(deprecation.at) / 1000)}`,
      sunset: sunset.toUTCString(),
      link: successor,
    })
    // The link leads from where it was told, whatever stage stands before our paths.
    const { apiUrl } = here().platform
    const base = new URL(apiUrl).pathname.replace(/\/$/, '')
    const followed = new URL('../../versions/1.2.0/invocations', `${apiUrl}/models/${goes}/invocations`)
    expect(followed.pathname).toBe(`${base}/models/${kept}/versions/1.2.0/invocations`)
    expect((await here().ask(`${kept}/versions/1.2.0`, { x: 1 })).status).toBe(200)
  })

  test(
    'names who calls, refuses to retire what is called, and answers 410 once callers are ignored',
    async () => {
      const caller = await until('the call is noted', async () => {
        const { callers } = await here().read<{ callers: { caller: string; way: string }[] }>(
          `/models/${goes}/callers`,
        )
        return callers.find(({ way }) => way === 'version')?.caller
      })
      // A key is named as its maker named it; of a signed request the account's name for who signed.
      expect(caller).toMatch(door.callers === 'keys' ? /^key journey \([0-9a-f]{16}\)$/ : /./)
      const asked = { version: '1.1.0', reason: 'nobody should need it' }
      const refused = await here().platform.call('POST', `/models/${kept}/retirements`, asked)
      expect([refused.status, JSON.parse(refused.body).code]).toEqual([409, 'still-in-use'])
      expect(JSON.parse(refused.body).detail).toContain(`${caller} called it by its own path`)
      const retired = await until(
        'its sunset has come',
        async () => {
          const told = await here().platform.call('POST', `/models/${kept}/retirements`, {
            ...asked,
            ignoreCallers: true,
          })
          if (told.status === 202) return told
          await pause(500)
          return undefined
        },
        60_000,
      )
      const { id } = JSON.parse(retired.body) as Operation
      expect(await here().ended(id)).toMatchObject({ state: 'succeeded' })
      const gone = await here().ask(goes, row)
      expect([gone.status, gone.headers['link']]).toEqual([410, successor])
      expect(JSON.parse(gone.body)).toMatchObject({ code: 'version-retired' })
      expect((await here().history(kept)).at(-1)).toMatchObject({
        kind: 'retired',
        version: '1.1.0',
        ignoredCallers: [{ caller, version: '1.1.0', way: 'version' }],
      })
    },
    patienceMs,
  )

  test('tells what served at a moment, and exports lines that are verified by themselves', async () => {
    const entries = await here().history(kept)
    const moved = entries.find(
      ({ kind, version, alias }) => kind === 'promoted' && version === '1.2.0' && alias === 'live',
    )
    const at = encodeURIComponent(moved?.at ?? '')
    const then = await here().read<{ served: object[] }>(`/models/${kept}/history?at=${at}&alias=live`)
    expect(then.served).toMatchObject([
      {
        alias: 'live',
        stable: { version: '1.2.0', source: { git: '3f2c9d1' } },
        until: { version: '1.4.0' },
      },
    ])
    const exported = async (accept: string) =>
      (await here().platform.call('GET', `/models/${kept}/history?limit=1000`, undefined, { accept })).body
    const lines = (await exported('application/jsonlines')).trimEnd().split('\n')
    let before = ''
    for (const line of lines) {
      const [, hash = ''] = /"hash":"([0-9a-f]{64})",/.exec(line) ?? []
      const hashed = createHash('sha256').update(line.replace(`"hash":"${hash}",`, ''))
      expect(hashed.digest('hex')).toBe(hash)
      expect(JSON.parse(line).before).toBe(before)
      before = hash
    }
    const { rev, head } = await here().read<{ rev: number; head: string }>(`/models/${kept}`)
    expect([lines.length, before]).toEqual([rev, head])
    const csv = (await exported('text/csv')).trimEnd().split(/\r?\n/)
    expect([csv.length, csv[0]]).toEqual([rev + 1, expect.stringMatching(/^rev,/)])
  })

  test('describes a version and its model as OpenAPI', async () => {
    for (const [path, called] of [
      [`${kept}/versions/1.2.0`, `/models/${kept}/versions/1.2.0/invocations`],
      [kept, `/models/${kept}/invocations`],
    ] as const) {
      const document = await here().read<{ openapi: string; paths: object }>(`/models/${path}/openapi.json`)
      expect(document.openapi).toMatch(/^3\.1\./)
      expect(Object.keys(document.paths)).toContain(called)
    }
  })
}

/** That nothing of a model's history was lost or changed, as the platform says and as its entries show. */
export async function holds(here: Travels): Promise<void> {
  await until('every entry has its record', async () => {
    const { unrecorded } = await here.read<{ unrecorded: number }>(`/models/${kept}/verification`)
    return unrecorded === 0
  })
  expect(await here.read(`/models/${kept}/verification`)).toMatchObject({ holds: true })
  const standing = await here.read<{ rev: number; head: string }>(`/models/${kept}`)
  expect(findBreak(await here.history(kept), standing)).toBeUndefined()
}
