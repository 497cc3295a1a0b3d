import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { tableModel } from '../harness/onnx-models.ts'
import { until } from '../harness/until.ts'
import { Stage } from '../journeys/stage.ts'
import { sluiceRun, sluiceStart } from './command.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open()
  await stage.write('table/1.0.0.onnx', tableModel())
  await stage.serves('table', '1.0.0')
  await stage.write('broken/1.0.0.onnx', 'this is no model')
  await stage.ended('release', 'broken', '1.0.0')
}, 30_000)
afterAll(() => stage.close())

/** Have the server write a line: a prediction fails, and says why. */
const fail = () => stage.ask('table', '', { at: 7 })
const failed = /a prediction failed: .*out of data bounds/

function logs(...args: readonly string[]) {
  return sluiceRun(['--platform', stage.url, 'logs', ...args])
}

describe('sluice logs', () => {
  test('prints what the server of a version wrote, of the live one where none is named', async () => {
    await fail()
    for (const args of [['table'], ['table', '1.0.0']]) {
      const { code, stdout, stderr } = await logs(...args)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      const lines = stdout.trimEnd().split('\n')
      for (const line of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3} \S/)
      expect(lines[0]).toMatch(/table 1\.0\.0 starts$/)
      expect(lines.at(-1)).toMatch(failed)
    }
  })

  test('prints one document with --json, its stamps rising', async () => {
    await fail()
    const { code, json } = await logs('table', '--json')
    expect(code).toBe(0)
    const { model, version, lines } = json as unknown as {
      model: string
      version: string
      lines: { at: string; text: string }[]
    }
    expect({ model, version }).toEqual({ model: 'table', version: '1.0.0' })
    const stamps = lines.map(({ at }) => at)
    expect(stamps).toEqual([...new Set(stamps)].toSorted())
    expect(lines.at(-1)?.text).toMatch(failed)
  })

  test('says of a version that has written nothing that it has not', async () => {
    const { code, stdout, stderr } = await logs('broken', '1.0.0')
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: '',
      stderr: 'broken 1.0.0 has written nothing yet\n',
    })
    expect((await logs('broken', '1.0.0', '--json')).json).toMatchObject({ lines: [] })
  })

  test.each([
    [['nobody'], 'model-unknown'],
    [['table', '9.0.0'], 'version-unknown'],
    [['broken'], 'alias-unknown'],
  ])('refuses %j with %s', async (args, problem) => {
    const { code, json } = await logs(...args, '--json')
    expect(code).toBe(1)
    expect(json['code']).toBe(problem)
  })

  test.each([['people', []] as const, ['programs', ['--json']] as const])(
    'follows a log line by line, for %s',
    async (_, more) => {
      const { child, ran } = sluiceStart(['--platform', stage.url, 'logs', 'table', '--follow', ...more], {})
      const lines: string[] = []
      createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => lines.push(line))
      await until('it shows what there is', () => lines.length > 0)
      for (let i = 0; i < 3; i += 1) {
        const before = lines.length
        await fail()
        await until('it shows what has come', () => lines.length === before + 1, 20_000)
        expect(lines.at(-1)).toMatch(more.length > 0 ? /^\{"at":.*,"text":"a prediction failed/ : failed)
      }
      child.kill('SIGINT')
      await once(child, 'exit')
      expect((await ran).signal).toBe('SIGINT')
      expect(new Set(lines).size).toBe(lines.length)
    },
    20_000,
  )
})
