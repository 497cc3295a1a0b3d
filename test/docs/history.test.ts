import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { entryKinds } from '../../lib/rules/audit.ts'
import { historyColumns, historyLines } from '../../lib/rules/history-export.ts'
import { movesOf } from '../harness/chains.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'

const run = promisify(execFile)
const folder = await temporaryFolder()
const page = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'history.md'), 'utf8')
const hasPython = await run('python3', ['--version']).then(
  () => true,
  () => false,
)

test('the page names every kind of entry and every column, in their order', () => {
  const text = page.replaceAll('\n', ' ')
  expect(text).toContain(entryKinds.map((kind) => `\`${kind}\``).join(', '))
  expect(text).toContain(`\`${historyColumns.join(', ')}\``)
})

const whereThereIsPython = hasPython ? test : test.skip
whereThereIsPython(
  'the program on the page verifies an export, and finds an edited and a dropped line',
  async () => {
    const program = /```python\n(.*?)```/s.exec(page)?.[1] ?? ''
    await writeFile(join(folder, 'verify.py'), program)
    const entries = movesOf('churn', 30).map(({ entry }) => entry)
    const lines = historyLines(entries)
    const verified = async (text: string) => {
      await writeFile(join(folder, 'churn.jsonl'), text)
      return run('python3', [join(folder, 'verify.py'), join(folder, 'churn.jsonl')]).then(
        ({ stdout }) => stdout.trim(),
        (error: { stderr: string }) => error.stderr.trim().split('\n').at(-1),
      )
    }
    expect(await verified(lines)).toBe(entries.at(-1)?.hash)
    expect(await verified(lines.replace('ünï 7', 'ünï 8'))).toBe('AssertionError: line 8 was edited')
    expect(await verified(lines.split('\n').toSpliced(4, 1).join('\n'))).toBe(
      'AssertionError: line 5 does not follow the one before',
    )
  },
)
