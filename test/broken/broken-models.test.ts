import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import pLimit from 'p-limit'
import type { ProblemFacts } from '../../lib/rules/problem.ts'
import { pythonOrReason } from '../harness/python.ts'
import { Stage, whole } from '../journeys/stage.ts'
import type { BrokenModel } from './broken-model.ts'
import { brokenFiles } from './files.ts'
import { brokenModelsPage, type Row } from './page.ts'
import { pythonPrograms } from './python-programs.ts'

const python = await pythonOrReason()
/** A release that waits for a model that never ends to load takes a minute; many wait together. */
const releaseMs = 240_000
const atOnce = pLimit(4)
const page = new URL('../../docs/broken-models.md', import.meta.url)
const seen = new Map<string, Row[]>()

const themes: readonly (readonly [string, readonly BrokenModel[]])[] = [
  ['Programs in Python', python === undefined ? [] : pythonPrograms],
  ['Files and folders', brokenFiles],
]

describe.each(themes.filter(([, models]) => models.length > 0))('%s', (theme, models) => {
  let stage: Stage
  let released: readonly Promise<ProblemFacts | undefined>[]

  beforeAll(async () => {
    process.env['PATH'] = python?.['PATH'] ?? process.env['PATH']
    stage = await Stage.open()
    released = models.map(({ files, manifest }, i) =>
      atOnce(async () => {
        const model = `broken-${i}`
        await stage.drop(model, '1.0.0', whole(files, manifest))
        return (await stage.ended('release', model, '1.0.0', 0, releaseMs)).problem
      }),
    )
    for (const release of released) release.catch(() => {})
  })
  afterAll(() => stage.close())

  test.each(models.map((model, i) => ({ ...model, i })))(
    '$what',
    async ({ what, code, told, i }) => {
      const problem = await released[i]
      const sentence = [problem?.detail, ...(problem?.errors ?? []).map(({ found }) => found)].join('; ')
      seen.set(theme, [...(seen.get(theme) ?? []), [what, problem?.code ?? '', sentence]])
      expect(problem?.code).toBe(code)
      for (const part of told) expect(sentence).toMatch(part)
    },
    releaseMs,
  )
})

test('docs/broken-models.md tells of each; UPDATE_DOCS=1 writes it', () => {
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, brokenModelsPage(seen))
  const text = readFileSync(page, 'utf8')
  for (const [what, code] of [...seen.values()].flat()) expect(text).toContain(`| ${what} | ${code} |`)
})
