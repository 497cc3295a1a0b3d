import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { pythonOrReason } from '../harness/python.ts'
import { root, Stage } from '../journeys/stage.ts'

const run = promisify(execFile)
const environment = await pythonOrReason()
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const commands = [...readme.matchAll(/```shell\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
  block.trim().split('\n'),
)

;(environment === undefined ? describe.skip : describe)('what the README says of Python', () => {
  let stage: Stage
  beforeAll(async () => {
    process.env['PATH'] = environment?.['PATH']
    stage = await Stage.open()
  })
  afterAll(() => stage.close())

  test('is done as it stands there', async () => {
    expect(commands.length).toBeGreaterThan(4)
    const sluice = `sluice() { "${process.execPath}" "${join(root, 'bin', 'sluice.js')}" "$@"; }`
    for (const command of commands) {
      const options = { cwd: root, env: { ...process.env, SLUICE_PLATFORM_URL: stage.url } }
      const fault = await run('bash', ['-c', `${sluice}\n${command}`], options).then(
        () => undefined,
        ({ stderr }) => String(stderr),
      )
      expect({ command, fault }).toEqual({ command, fault: undefined })
    }
  }, 240_000)
})
