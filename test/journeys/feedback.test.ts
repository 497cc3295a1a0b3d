import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import type { Context } from '../../cli/context.ts'
import { Talk } from '../../cli/terminal/talk.ts'
import { feedback } from '../../cli/verbs/feedback.ts'
import { quality } from '../../cli/verbs/quality.ts'
import { timesModel } from '../harness/onnx-models.ts'
import { refused } from '../harness/refused.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import { until } from '../harness/until.ts'
import { Stage, whole } from './stage.ts'

const folder = await temporaryFolder()
let stage: Stage
let context: Context

beforeAll(async () => {
  stage = await Stage.open()
  context = { talk: new Talk(false), platform: stage.client } as Context
  await stage.drop(
    'doubles',
    '1.0.0',
    whole({ 'model.onnx': timesModel(2) }, 'capture: {samplePercent: 100}\n'),
  )
  await stage.serves('doubles', '1.0.0')
}, 60_000)
afterAll(() => stage.close())

/** What a verb writes on standard output. */
async function said(verb: Promise<unknown>): Promise<string> {
  let stdout = ''
  const spied = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text
    return true
  })
  await verb.finally(() => spied.mockRestore())
  return stdout
}

test('what predictions turned out to be is told by a file, joined to the calls, and shown by version', async () => {
  const ids: string[] = []
  for (const x of [1, 2, 3]) {
    const { headers, body } = await stage.client.invoke(
      'doubles',
      '',
      JSON.stringify({ x }),
      'application/json',
    )
    expect(JSON.parse(body)).toEqual({ predictions: [2 * x] })
    ids.push(headers.get('x-request-id') ?? '')
  }
  expect(await said(quality(context, 'doubles', {}))).toContain(
    'nobody has told what the predictions of doubles turned out',
  )
  const file = join(folder, 'actual.csv')
  await writeFile(
    file,
    `requestId,actual\n${ids.map((id, i) => `${id},${2 * i + 3}`).join('\n')}\nnever-called,1\n`,
  )
  expect(await said(feedback(context, 'doubles', file))).toContain('4 rows taken')
  const { outputs: [output] = [] } = await until(
    'it is joined',
    async () => (await stage.client.quality('doubles')).versions[0],
    20_000,
  )
  expect(output).toMatchObject({ output: 'y', kind: 'number', pairs: 3, days: [{ pairs: 3 }] })
  expect(output?.metrics).toMatchObject({ mae: { value: 1 }, bias: { value: -1, low: -1, high: -1 } })
  const table = await said(quality(context, 'doubles', {}))
  expect(table).toMatch(/1\.0\.0 +y +mae \(lower\) +1 +1 to 1 +3 +▄/)
})

test('a file that is none is told by its line', async () => {
  const file = join(folder, 'broken.jsonl')
  await writeFile(file, '{"requestId":"a","actual":1}\n{"requestId":\n')
  expect(await refused(feedback(context, 'doubles', file))).toMatchObject({
    code: 'usage',
    message: expect.stringContaining('broken.jsonl line 2 is no JSON'),
  })
  await writeFile(file, '{"requestId":"a"}\n')
  expect(await refused(feedback(context, 'doubles', file))).toMatchObject({ code: 'request-malformed' })
  await writeFile(file, '\n')
  expect(await refused(feedback(context, 'doubles', file))).toMatchObject({
    message: expect.stringContaining('has no rows'),
  })
})
