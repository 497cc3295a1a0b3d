import { join } from 'node:path'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import type { Context } from '../../cli/context.ts'
import { Talk } from '../../cli/terminal/talk.ts'
import { check } from '../../cli/verbs/check.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'

const onnx = join(import.meta.dirname, '..', 'fixtures', 'breast-cancer', 'model.onnx')
const before = process.cwd()
// Environments of a profile are kept below the folder that it is asked in.
const folder = await temporaryFolder()
beforeAll(() => process.chdir(folder))
afterAll(() => process.chdir(before))

test('check --profile starts a model and says where its start goes', async () => {
  let stdout = ''
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text
    return true
  })
  const context = { talk: new Talk(true), platform: { address: { deployed: false } } } as unknown as Context
  const options = { model: 'bc', version: '1.0.0', profile: true }
  expect(await check(context, onnx, options)).toBe(0)
  jest.restoreAllMocks()
  const { profile } = JSON.parse(stdout)
  const parts = [profile.processMs, profile.loadMs, profile.firstAnswerMs]
  expect(parts.every((ms) => ms > 0)).toBe(true)
  expect(profile.totalMs).toBeCloseTo(parts.reduce((sum, ms) => sum + ms, 0))
  expect(profile).toMatchObject({ environment: { wasMade: false }, uncompiled: [], mends: expect.any(Array) })
})
