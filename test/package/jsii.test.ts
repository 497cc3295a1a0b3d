import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { checkedByJsii } from '../../scripts/jsii.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'

const folder = await temporaryFolder()

test('jsii takes the public API of the library, and no name in it is a word of another language', () => {
  const { said, types } = checkedByJsii()
  expect(said).not.toMatch(/- (?:error|warning) JSII/)
  expect(types).toBeGreaterThan(15)
})

test('it would say which line of which file it does not take', () => {
  mkdirSync(join(folder, 'lib'))
  writeFileSync(join(folder, 'lib', 'index.ts'), "export { Model } from './model.ts'\n")
  writeFileSync(
    join(folder, 'lib', 'model.ts'),
    'export class Model {\n  readonly byRuntime: { [runtime in "onnx" | "python"]: string } = { onnx: "", python: "" }\n}\n',
  )
  const { said, types } = checkedByJsii(folder)
  expect(types).toBe(0)
  expect(said).toContain('lib/model.ts:2:23 - error JSII1003')
})
