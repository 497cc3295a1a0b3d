import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { commandCases } from './cases-of-commands.ts'
import { monitoringCases } from './cases-of-monitoring.ts'
import { moveCases } from './cases-of-moves.ts'
import { pathCases } from './cases-of-paths.ts'
import { promiseCases } from './cases-of-promises.ts'
import { raceCases } from './cases-of-races.ts'
import { releaseCases } from './cases-of-releases.ts'
import { requestCases } from './cases-of-requests.ts'
import { type Row, refusalsPage } from './page.ts'
import { type RefusalCase, Scene } from './refusal-case.ts'

const page = new URL('../../docs/refusals.md', import.meta.url)
const seen = new Map<string, Row[]>()

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
}, 60_000)
afterAll(() => scene.close())

const themes: readonly (readonly [string, readonly RefusalCase[]])[] = [
  ['Predictions', requestCases],
  ['Paths and names', pathCases],
  ['Promotions, rollbacks and retirements', moveCases],
  ['Gates, approvals, rollouts under way and deprecations', promiseCases],
  ['Releases', releaseCases],
  ['Recording, feedback, drift, shadows and comparisons', monitoringCases],
  ['Commands', commandCases],
]

/** Do it, and put down what was answered. */
async function refuse(theme: string, [input, answer, code, sentence, act]: RefusalCase): Promise<void> {
  const came = await act(scene)
  seen.set(theme, [...(seen.get(theme) ?? []), [input, came.answer, came.code, came.sentence]])
  expect(came).toEqual({ answer, code, sentence })
}

describe.each(themes)('%s', (theme, cases) => {
  test.each(cases.map((one) => [one[0], one] as const))(
    '%s',
    async (_, refusal) => {
      const before = await scene.state()
      await refuse(theme, refusal)
      expect(await scene.state()).toEqual(before)
      await scene.answersOthers()
    },
    30_000,
  )
})

describe('At once', () => {
  test.each(raceCases.map((one) => [one[0], one] as const))(
    '%s',
    async (_, refusal) => {
      await refuse('Two people at once', refusal)
      await scene.answersOthers()
    },
    30_000,
  )
})

test('docs/refusals.md says what was answered here; UPDATE_DOCS=1 writes it', () => {
  const text = refusalsPage(seen)
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, text)
  expect(readFileSync(page, 'utf8')).toBe(text)
})
