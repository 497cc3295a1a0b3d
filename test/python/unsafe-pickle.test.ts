import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { entriesTable } from '../../cli/terminal/history-text.ts'
import { pythonOrReason } from '../harness/python.ts'
import { type Content, Stage, whole } from '../journeys/stage.ts'
import { pythonWithModels } from '../model-templates/python-server.ts'

const environment = await pythonOrReason()
const run = promisify(execFile)
const releaseMs = 240_000

/** A model of nobody's library, whose file says what is run as it is loaded. */
const own = `
class Doubler:
    def predict(self, rows):
        return rows[:, 0] * 2 + self.moved

    def __setstate__(self, state):
        print("the file has run")
        self.moved = state["moved"]
`
const dump = `
import joblib, mine
one = mine.Doubler()
one.moved = 1
joblib.dump(one, "model.joblib")
`
const manifest = `
unsafePickle: true
signature:
  inputs: [{ name: x, type: float64 }]
  outputs: [{ name: prediction, type: float64 }]
`

;(environment === undefined ? describe.skip : describe)('a pickle that runs what it says', () => {
  let content: Content

  beforeAll(async () => {
    process.env['PATH'] = environment?.['PATH']
    const folder = await mkdtemp(join(tmpdir(), 'sluice-test-'))
    await writeFile(join(folder, 'mine.py'), own)
    await run(await pythonWithModels(), ['-c', dump], { cwd: folder })
    content = { 'mine.py': own, 'model.joblib': await readFile(join(folder, 'model.joblib')) }
    await rm(folder, { recursive: true, force: true })
  }, releaseMs)

  describe.each([false, true])('where whoever runs the platform allows it: %s', (allowed) => {
    let stage: Stage

    beforeAll(async () => {
      stage = await Stage.open(undefined, {}, allowed)
    })
    afterAll(() => stage.close())

    async function released(model: string, text: string) {
      await stage.drop(model, '1.0.0', whole(content, text))
      return stage.ended('release', model, '1.0.0', 0, releaseMs)
    }

    test('is refused where its manifest does not ask for it', async () => {
      const { problem } = await released('safe', manifest.replace('true', 'false'))
      expect(problem).toMatchObject({
        code: 'artifact-unsafe',
        detail: expect.stringContaining('mine.Doubler'),
      })
    })

    if (!allowed)
      test(
        'is refused where it does',
        async () => {
          const { problem } = await released('asked', manifest)
          expect(problem).toMatchObject({
            code: 'unsafe-pickle-refused',
            detail:
              'model.yaml asks for unsafePickle, so that model.joblib runs whatever it says as it is loaded, and this platform does not allow it',
          })
          expect(await stage.client.history('asked').catch(() => [])).not.toContainEqual(
            expect.objectContaining({ kind: 'released' }),
          )
        },
        releaseMs,
      )
    else
      test(
        'is served where it does, and its history says so',
        async () => {
          const operation = await released('asked', manifest)
          expect(operation.problem).toBeUndefined()
          expect(operation.progress.map(({ text }) => text)).toContainEqual(
            'UNSAFE PICKLE: model.joblib runs whatever it says as it is loaded; besides scikit-learn, NumPy and SciPy it names mine.Doubler',
          )
          await stage.serves('asked', '1.0.0')
          const { status, body } = await stage.client.invoke('asked', '', '{"x": 3}', 'application/json')
          expect([status, JSON.parse(body)]).toEqual([200, { predictions: [7] }])
          const log = (await stage.client.log('asked', '1.0.0')).map(({ text }) => text).join('\n')
          expect(log).toContain('the file has run')
          const history = await stage.client.history('asked')
          expect(history).toContainEqual(expect.objectContaining({ kind: 'released', unsafePickle: true }))
          expect(entriesTable(history, undefined)).toContain('1.0.0 released, UNSAFE PICKLE')
        },
        releaseMs,
      )
  })
})
