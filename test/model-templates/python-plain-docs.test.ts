import { tmpdir } from 'node:os'
import { expect, jest, test } from '@jest/globals'
import { noPython, printed, pythonWithModels, template } from './python-server.ts'

const minutes = 60_000
jest.setTimeout(10 * minutes)

const ifPython = noPython === undefined ? test : test.skip

ifPython('SciPy is as it was but for the tables that it writes into its own documentation', async () => {
  const python = await pythonWithModels()
  const told = (how: string) => printed(python, 'plain_docs.py', [template, how], tmpdir())
  const written = (await told('written')) as Record<string, unknown>
  expect(written).toMatchObject({ has_table: true, has_examples: true, loader: 'SourceFileLoader' })
  expect(await told('plain')).toEqual({ ...written, has_table: false })
})
