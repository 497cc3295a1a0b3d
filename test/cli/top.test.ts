import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { ModelSummary } from '../../cli/platform-client.ts'
import { topSentence, topText, watched } from '../../cli/terminal/top-text.ts'
import type { ModelTraffic } from '../../lib/rules/traffic.ts'
import { timesModel } from '../harness/onnx-models.ts'
import { until } from '../harness/until.ts'
import { Stage } from '../journeys/stage.ts'
import { sluiceRun } from './command.ts'

function summary(model: string, facts: Partial<ModelSummary> = {}): ModelSummary {
  const newest = { version: '1.0.0', state: 'READY' } as const
  return { ...{ model, live: '1.0.0', canary: undefined, versions: 1, newest }, ...facts }
}

const silent = Array<number>(60).fill(0)
const rising = silent.map((_, i) => i)
const quiet = { calls: silent, refused: silent, failed: silent, callsPerSecond: 0 }
const busy = {
  calls: rising,
  refused: silent,
  failed: silent,
  callsPerSecond: 40.14,
  failedPercent: 0.25,
  p50Ms: 1.23,
  p95Ms: 12.3,
}

describe('what is asked and answered now, as text', () => {
  const traffic: ModelTraffic[] = [
    {
      model: 'churn',
      ...busy,
      versions: [
        { version: '1.5.0', variant: 'canary', ...busy, callsPerSecond: 4.1 },
        { version: '1.4.0', variant: 'stable', ...busy, callsPerSecond: 36.04, refused: rising },
      ],
    },
    { model: 'iris', ...quiet, versions: [{ version: '1.0.0', variant: 'stable', ...quiet }] },
  ]
  const models = watched(
    [
      summary('asleep', { drift: { since: '2026-03-01T10:00:00Z', columns: ['tenure'] } }),
      summary('broken', { live: undefined, newest: { version: '0.1.0', state: 'FAILED' } }),
      summary('churn', { live: '1.4.0', canary: { version: '1.5.0', weightPercent: 10 } }),
      summary('iris'),
    ],
    traffic,
  )

  test('has the busiest first, a line for each version that shares the traffic, and the others by name', () => {
    expect(topText(models).split('\n')).toEqual([
      'MODEL   SERVES                 CALLS/S  REFUSED  FAILED  P50 MS  P95 MS  LAST 10 MINUTES',
      'churn   1.4.0, 1.5.0 10 %      40       -        0.25 %  1.2     12      ▁▁▁▁▂▂▂▂▃▃▃▄▄▄▄▅▅▅▅▆▆▆▇▇▇▇████',
      '          1.4.0 stable         36       1770     0.25 %  1.2     12      ▁▁▁▁▂▂▂▂▃▃▃▄▄▄▄▅▅▅▅▆▆▆▇▇▇▇████',
      '          1.5.0 canary         4.1      -        0.25 %  1.2     12      ▁▁▁▁▂▂▂▂▃▃▃▄▄▄▄▅▅▅▅▆▆▆▇▇▇▇████',
      'iris    1.0.0                  0.0      -        -       -       -',
      'asleep  1.0.0, drifts          -        -        -       -       -',
      'broken  nothing; 0.1.0 FAILED  -        -        -       -       -',
    ])
  })

  test('counts the models that have no room, and parts no model', () => {
    expect(topText(models, 5).split('\n').slice(-2)).toEqual([
      expect.stringMatching(/1\.5\.0 canary/),
      '… and 3 more models',
    ])
    expect(topText(models, 4).split('\n').at(-1)).toBe('… and 4 more models')
  })

  test('sums up all of them', () => {
    expect(topSentence(models)).toBe('4 models, 40 calls/s, 0.25 % failed')
    expect(topSentence([])).toBe('0 models, 0.0 calls/s')
  })
})

describe('sluice top', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await Stage.open()
    await stage.write('double/1.0.0.onnx', timesModel(2))
    await stage.serves('double', '1.0.0')
    for (let i = 0; i < 5; i += 1) await stage.ask('double', '', { x: 1 })
    await stage.ask('double', '', { y: 1 })
  }, 30_000)
  afterAll(() => stage.close())

  test('takes one look where nobody watches', async () => {
    const { code, stdout, stderr } = await sluiceRun(['--platform', stage.url, 'top'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^double +1\.0\.0 +\d+\.\d +1 +0 % +\d/m)
    const { json } = await sluiceRun(['--platform', stage.url, 'top', '--json'])
    const { models } = json as unknown as { models: { model: string; traffic: ModelTraffic }[] }
    expect(models.map(({ model }) => model)).toEqual(['double'])
    const sum = (numbers: readonly number[] = []) => numbers.reduce((all, one) => all + one, 0)
    expect([sum(models[0]?.traffic.calls), sum(models[0]?.traffic.refused)]).toEqual([6, 1])
  })

  // `script` of util-linux gives a command a terminal; that of other systems is told otherwise.
  const onLinux = process.platform === 'linux' ? test : test.skip

  onLinux(
    'on a terminal draws again and again until q, and gives the screen back',
    async () => {
      const sluice = join(import.meta.dirname, '..', '..', 'bin', 'sluice.js')
      const { FORCE_COLOR: _, ...env } = process.env
      const child = spawn(
        'script',
        [
          '--quiet',
          '--return',
          '--command',
          `${process.execPath} ${sluice} --platform ${stage.url} top`,
          '/dev/null',
        ],
        { env: { ...env, TERM: 'xterm', NO_COLOR: '1' }, stdio: ['pipe', 'pipe', 'inherit'] },
      )
      let seen = ''
      child.stdout.on('data', (text) => {
        seen += text
      })
      const ended = once(child, 'exit') as Promise<[number | null]>
      await until('it was drawn twice', () => seen.split('q leaves').length > 2, 20_000)
      expect(seen).toContain('\u001b[?1049h')
      expect(seen).toMatch(/double +1\.0\.0/)
      await pause(100)
      child.stdin.write('q')
      expect((await ended)[0]).toBe(0)
      expect(seen.endsWith('\u001b[?25h\u001b[?1049l')).toBe(true)
    },
    30_000,
  )
})
