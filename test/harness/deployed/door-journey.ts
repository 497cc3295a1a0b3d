import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { findBreak, type HistoryEntry } from '../../../lib/rules/audit.ts'
import type { Operation } from '../../../lib/rules/operation.ts'
import { sluiceRun } from '../../cli/command.ts'
import { until } from '../until.ts'
import type { Door } from './place.ts'
import { aside, canary, iris, model, oneRow, type Travels, versionOf } from './travels.ts'

const rows: readonly unknown[] = JSON.parse(await readFile(join(iris, 'rows.json'), 'utf8'))

/** A model's life behind one door: released, moved, taken back by a verdict and by hand, recorded. */
export function doorJourney(here: () => Travels, door: Door, patienceMs: number): void {
  test(
    'releases a model that is put into the bucket, and it answers at its versioned path',
    async () => {
      await here().put('models/iris/1.0.0.onnx', await model('1.0.0'))
      await here().ready('iris', '1.0.0')
      const answer = await here().ask('iris/versions/1.0.0')
      expect([answer.status, versionOf(answer)]).toEqual([200, '1.0.0'])
      expect(JSON.parse(answer.body).predictions[0]).toMatchObject({ species: 'setosa' })
      expect(answer.headers['model-digest']).toMatch(/^sha256:[0-9a-f]{64}$/)
      // The first version of a model goes live by itself.
      await until('it is live', async () => (await here().ask('iris')).status === 200, 60_000)
    },
    patienceMs,
  )

  test(
    'moves a second version by a canary under traffic, and no answer fails',
    async () => {
      await here().putRelease('iris', '1.1.0', { 'model.onnx': await model('1.1.0') }, { release: aside })
      await here().ready('iris', '1.1.0')
      const { id } = await here().promote('iris', '1.1.0', canary)
      const { result, answers } = await here().underTraffic('iris', rows, here().ended(id))
      expect([result.state, result.problem?.detail]).toEqual(['succeeded', undefined])
      expect(answers.filter(({ status }) => status !== 200)).toEqual([])
      expect(new Set(answers.map(versionOf))).toEqual(new Set(['1.0.0', '1.1.0']))
      // A router may serve by a record of half a second ago: within a second everybody sees the move.
      const seen = async () => versionOf(await here().ask('iris/versions/1')) === '1.1.0'
      await until('the range has moved', seen, 1000)
    },
    patienceMs,
  )

  test(
    'takes a bad third version back by the verdict',
    async () => {
      await here().put('models/iris/1.2.0.onnx', await model('1.2.0'))
      await here().ready('iris', '1.2.0')
      const { id } = await here().promote('iris', '1.2.0', canary)
      const { result, answers } = await here().underTraffic('iris', rows, here().ended(id))
      expect(result).toMatchObject({ state: 'rolled-back', problem: { code: 'rolled-back' } })
      const failed = answers.filter(({ status }) => status !== 200)
      expect(new Set(failed.map(versionOf))).toEqual(new Set(['1.2.0']))
      expect(versionOf(await here().ask('iris'))).toBe('1.1.0')
      expect(versionOf(await here().ask('iris/versions/1'))).toBe('1.1.0')
    },
    patienceMs,
  )

  test(
    'rolls back by hand within a second, and the first version still answers',
    async () => {
      const asked = performance.now()
      const { status, body } = await here().platform.call('POST', '/models/iris/rollbacks', {
        reason: 'by hand',
      })
      expect(status).toBe(202)
      await until(
        'the first version is back',
        async () => versionOf(await here().ask('iris')) === '1.0.0',
        5000,
      )
      const tookMs = performance.now() - asked
      console.log(
        `rollback asked to first answer by the old version: ${Math.round(tookMs)} ms, on ${here().platform.place.name}`,
      )
      expect(await here().ended((JSON.parse(body) as Operation).id)).toMatchObject({ state: 'succeeded' })
      for (const version of ['1.0.0', '1.1.0'])
        expect((await here().ask(`iris/versions/${version}`)).status).toBe(200)
    },
    patienceMs,
  )

  test('keeps every move in a chain of records that holds', async () => {
    const { rev, head } = await here().read<{ rev: number; head: string }>('/models/iris')
    const { entries } = await here().read<{ entries: HistoryEntry[] }>('/models/iris/history')
    expect(findBreak(entries, { rev, head })).toBeUndefined()
    const kinds = entries.map(({ kind, version }) => `${kind} ${version}`)
    expect(kinds).toEqual([
      'released 1.0.0',
      'promoted 1.0.0',
      'released 1.1.0',
      'canary-started 1.1.0',
      'promoted 1.1.0',
      'released 1.2.0',
      'canary-started 1.2.0',
      'rolled-back 1.1.0',
      'rolled-back 1.0.0',
    ])
  })

  test('refuses who is not signed in, and says of a wrong request what is wrong', async () => {
    const { platform } = here()
    for (const [method, path] of [
      ['GET', '/models'],
      ['POST', '/models/iris/invocations'],
      ['POST', '/models/iris/rollbacks'],
      ['GET', '/keys'],
    ] as const) {
      const { status, body } = await platform.send(method, path, {}, method === 'POST' ? '{}' : undefined)
      expect([401, 403]).toContain(status)
      // Only a REST API can refuse in our words.
      if (door.gateway === 'REST')
        expect(JSON.parse(body)).toMatchObject({ status, title: expect.any(String) })
    }
    const answer = await here().ask('iris', { ...oneRow, petal_width: 'wide' })
    expect(answer.status).toBe(422)
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'request-invalid' })
    expect((await here().ask('nobody')).status).toBe(404)
  })

  test(
    'is spoken to by the command, which pushes a folder and watches its release',
    async () => {
      const { commandUrl: url, environment: env } = here().platform
      const folder = await mkdtemp(join(tmpdir(), 'sluice-push-'))
      await writeFile(join(folder, 'model.onnx'), await model('1.0.0'))
      await writeFile(join(folder, 'model.yaml'), 'model: pushed\nversion: 1.0.0\n')
      const pushed = await sluiceRun(['--platform', url, '--json', 'push', folder], { env })
      expect([pushed.stderr, pushed.code]).toEqual([expect.any(String), 0])
      expect(pushed.json).toMatchObject({ model: 'pushed', version: '1.0.0', state: 'READY' })
      const again = await sluiceRun(['--platform', url, '--json', 'push', folder], { env })
      expect([again.code, again.json]).toEqual([1, expect.objectContaining({ code: 'version-exists' })])
      await rm(folder, { recursive: true })
    },
    patienceMs,
  )
}
