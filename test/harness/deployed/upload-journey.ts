import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import {
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
} from '@aws-sdk/client-eventbridge'
import { expect, test } from '@jest/globals'
import { created, iris, model, type Travels } from './travels.ts'

/** What becomes of uploads that come twice, late, over another, in pieces or unheard; after `doorJourney`. */
export function uploadJourney(here: () => Travels, patienceMs: number): void {
  test(
    'releases once what is told twice, late and out of order',
    async () => {
      const before = (await here().executionsOf('release')).length
      for (const key of ['models/iris/1.1.0.onnx', 'models/iris/1.0.0.onnx', 'models/iris/1.1.0.onnx'])
        await here().invoke('ModelsIntakeCreated', created(key))
      await here().put('models/twice/1.0.0.onnx', await model('1.0.0'))
      await Promise.all(
        [1, 2, 3].map(() => here().invoke('ModelsIntakeCreated', created('models/twice/1.0.0.onnx'))),
      )
      await here().ready('twice', '1.0.0')
      expect((await here().executionsOf('release')).length).toBe(before + 1)
    },
    patienceMs,
  )

  test(
    'changes nothing by an overwritten key',
    async () => {
      const before = await here().read<{ digest: string; operation: string }>('/models/iris/versions/1.0.0')
      const executions = (await here().executionsOf('release')).length
      await here().put('models/iris/1.0.0.onnx', await model('1.2.0'))
      await pause(3000)
      expect(await here().read('/models/iris/versions/1.0.0')).toEqual(before)
      expect((await here().executionsOf('release')).length).toBe(executions)
      expect((await here().ask('iris/versions/1.0.0')).status).toBe(200)
    },
    patienceMs,
  )

  test(
    'waits for all files of a folder copied with the manifest first, and takes none of them for a release',
    async () => {
      const folder = join(iris, '1.0.0')
      const paths = (await readdir(folder, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile() && entry.name !== 'model.yaml')
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
      const files = await Promise.all(
        paths.map(async (path) => {
          const bytes = await readFile(join(folder, path))
          return { path, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
        }),
      )
      // The model comes alone at first: it is a file of a folder, and no release called `model`.
      await here().put('models/churn/1.4.0/model.onnx', await model('1.0.0'))
      const manifest = {
        examples: [
          { request: 'examples/setosa.json', expect: 'examples/setosa.expected.json', tolerance: 1e-5 },
        ],
        files,
      }
      await here().put('models/churn/1.4.0/model.yaml', Buffer.from(JSON.stringify(manifest)))
      await pause(6000)
      expect(await here().state('churn', '1.4.0')).toBe('CREATING')
      for (const path of paths.toSorted().toReversed())
        await here().put(`models/churn/1.4.0/${path}`, await readFile(join(folder, path)))
      await here().ready('churn', '1.4.0')
      expect((await here().read<{ files: unknown[] }>('/models/churn/versions/1.4.0')).files).toHaveLength(
        paths.length + 1,
      )
      const { models } = await here().read<{ models: { model: string; versions: number }[] }>('/models')
      expect(models.find((one) => one.model === 'churn')).toMatchObject({ versions: 1 })
    },
    patienceMs,
  )

  test(
    'finds by its listing an upload whose event was lost',
    async () => {
      const client = new EventBridgeClient(here().platform.place.client)
      const { Rules = [] } = await client.send(
        new ListRulesCommand({ NamePrefix: `${here().platform.door.stack}-` }),
      )
      const rule = Rules.find(
        ({ Name, EventPattern }) =>
          Name?.startsWith(`${here().platform.door.stack}-`) && EventPattern?.includes('Object Created'),
      )
      await client.send(new DisableRuleCommand({ Name: rule?.Name }))
      await pause(here().platform.place.settlingMs)
      await here().put('models/lost/1.0.0.onnx', await model('1.0.0'))
      await pause(2000)
      expect((await here().platform.call('GET', '/models/lost')).status).toBe(404)
      await client.send(new EnableRuleCommand({ Name: rule?.Name }))
      await here().invoke('ModelsIntakeListed', {})
      await here().ready('lost', '1.0.0')
    },
    patienceMs,
  )
}
