import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { pythonOrReason } from '../harness/python.ts'
import { root, Stage } from '../journeys/stage.ts'
import { noTorch } from '../model-templates/python-server.ts'

const run = promisify(execFile)
const python = await pythonOrReason()
const examples = join(root, 'examples')

/** Not played here: a base image that cannot be pulled, and a release folder that its own script completes. */
const elsewhere = new Set(['go', 'scala'])

if (noTorch !== undefined) console.warn(`examples/pytorch: ${noTorch}`)
const told = readdirSync(examples)
  .filter((name) => !elsewhere.has(name) && (name !== 'pytorch' || noTorch === undefined))
  .map((name) => ({ name, text: readFileSync(join(examples, name, 'README.md'), 'utf8') }))
  .map(({ name, text }) => ({
    name,
    commands: [...text.matchAll(/```sh\n([\s\S]*?)```/g)]
      .flatMap(([, block = '']) => block.trim().split('\n'))
      .filter((line) => line.startsWith('sluice ')),
  }))
  .filter(({ commands }) => commands.length > 0)

let stage: Stage
beforeAll(async () => {
  process.env['PATH'] = python?.['PATH'] ?? process.env['PATH']
  stage = await Stage.open()
})
afterAll(() => stage?.close())

test('there is an example for every runtime but the one that takes foreign images', () => {
  expect(told.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['java', 'mlflow', 'node', 'r-glm', 'r-vetiver', 'sagemaker', 'xgboost']),
  )
})

test.each(told)('what the README of $name says is done as it stands there', async ({ commands }) => {
  const sluice = `sluice() { "${process.execPath}" "${join(root, 'bin', 'sluice.js')}" "$@"; }`
  const env = { ...process.env, SLUICE_PLATFORM_URL: stage.url }
  for (const command of commands) {
    const fault = await run('bash', ['-c', `${sluice}\n${command}`], { cwd: root, env }).then(
      () => undefined,
      ({ stderr }) => String(stderr),
    )
    expect({ command, fault }).toEqual({ command, fault: undefined })
  }
})
