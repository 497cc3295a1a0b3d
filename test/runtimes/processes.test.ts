import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { sluiceRun } from '../cli/command.ts'
import { pythonOrReason } from '../harness/python.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import { Stage } from '../journeys/stage.ts'
import { canonicalBody } from './canonical-body.ts'
import { cases } from './cases.ts'
import { Draining } from './draining.ts'
import { addRow } from './report.ts'
import { type Made, Unavailable } from './runtime-case.ts'
import { worstDifference } from './worst-difference.ts'

const python = await pythonOrReason()
const folder = await temporaryFolder()
let stage: Stage

beforeAll(async () => {
  process.env['PATH'] = python?.['PATH'] ?? process.env['PATH']
  stage = await Stage.open()
})
afterAll(() => stage.close())

describe.each(cases.map((one, i) => ({ ...one, toString: () => one.name, model: `case-${i}` })))(
  '$name, as a process',
  ({ name, runtime, layout, make, model }) => {
    let made: Made
    let unavailable: string | undefined
    /** A test of it, unless it cannot be had here. */
    const shows = (what: string, work: () => Promise<void>) =>
      test(what, async () => {
        if (unavailable === undefined) await work()
      })
    const ask = (body: unknown) => stage.ask(model, '', body)

    beforeAll(async () => {
      const place = join(folder, model)
      await mkdir(place, { recursive: true })
      try {
        made = await make(place)
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error
        unavailable = error.message
        addRow({
          case: name,
          runtime,
          in: 'process',
          framework: '',
          megabytes: 0,
          note: `not had here: ${unavailable}`,
        })
      }
    })

    shows('is pushed untouched, and answers as its framework does', async () => {
      const began = performance.now()
      const named = ['--model', model, '--version', '1.0.0', '--platform', stage.url]
      const pushed = await sluiceRun(['push', made.path, ...named, '--json'])
      expect([pushed.code, pushed.code === 0 ? '' : pushed.stderr]).toEqual([0, ''])
      const readyMs = performance.now() - began
      const { status, json } = await ask(made.request)
      expect([status, status === 200 ? '' : json]).toEqual([200, ''])
      const worst = worstDifference(made.expected, json.predictions)
      const record = await stage.client.version(model, '1.0.0')
      addRow({
        ...{ case: name, runtime, in: 'process', framework: made.framework, readyMs, worst },
        megabytes: (record.sizeBytes ?? 0) / 1e6,
      })
      expect(worst).toBeLessThanOrEqual(made.tolerance ?? 1e-6)
      expect(record.layout).toBe(layout)
      expect(record.signature).toEqual(made.signature)
    })

    shows('tells of a bad value where it stands', async () => {
      const { status, json } = await ask(made.badRow.request)
      expect([status, json.code]).toEqual([422, 'request-invalid'])
      expect((json as { errors?: unknown }).errors).toEqual([
        expect.objectContaining({ pointer: made.badRow.pointer }),
      ])
    })

    shows('fails on the request that breaks its code, and on no other', async () => {
      if (made.crash === undefined) return
      const { status, json } = await ask(made.crash.request)
      expect([status, json.code]).toEqual([502, 'model-failed'])
      expect(json.detail).toMatch(made.crash.told)
      expect((await ask(made.request)).status).toBe(200)
    })

    shows('answers what has begun when it is told to end, and ends with 0', async () => {
      const { image = '' } = await stage.client.version(model, '1.0.0')
      const server = await Draining.start(stage.home, image)
      expect(await server.drained(canonicalBody(made.request, made.signature))).toEqual({
        status: 200,
        exit: 0,
      })
    })
  },
)
