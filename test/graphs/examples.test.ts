import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { pythonOrReason } from '../harness/python.ts'
import { noR } from '../harness/r.ts'
import { type Content, root, Stage, whole } from '../journeys/stage.ts'

const python = await pythonOrReason()
const examples = join(root, 'examples')
const nodes = [
  ['iris', 'iris'],
  ['iris-java', 'java'],
  ['iris-node', 'node'],
  ['iris-rough', 'graphs/rough'],
  ...(noR === undefined ? [['iris-by-vetiver', 'r-vetiver'] as const] : []),
] as const
const graphs = [
  ['iris-by-vote', 'graphs/by-vote'],
  ['iris-by-customer', 'graphs/by-customer'],
  ...(noR === undefined ? [['iris-sure', 'graphs/sure'] as const] : []),
] as const

let stage: Stage
beforeAll(async () => {
  if (python === undefined) return
  process.env['PATH'] = python['PATH']
  stage = await Stage.open()
})
afterAll(() => stage?.close())

/** The files of an example, and its manifest apart. */
async function contentOf(path: string): Promise<{ readonly files: Content; readonly manifest: string }> {
  const folder = join(examples, path, '1.0.0')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files: Record<string, Uint8Array> = {}
  for (const entry of entries.filter((one) => one.isFile())) {
    const place = join(entry.parentPath, entry.name)
    files[place.slice(folder.length + 1)] = await readFile(place)
  }
  const { 'model.yaml': manifest, ...others } = files
  return { files: others, manifest: manifest === undefined ? '' : Buffer.from(manifest).toString() }
}

async function released(model: string, path: string) {
  const { files, manifest } = await contentOf(path)
  await stage.drop(model, '1.0.0', whole(files, manifest))
  return stage.ended('release', model, '1.0.0', 0, 300_000)
}

const here = python === undefined ? test.skip : test

here('its nodes are released, in five languages', async () => {
  const ended = await Promise.all(nodes.map(([model, path]) => released(model, path)))
  expect(ended.map(({ model, state, problem }) => ({ model, state, problem }))).toEqual(
    nodes.map(([model]) => ({ model, state: 'succeeded', problem: undefined })),
  )
  for (const [model] of nodes) await stage.serves(model, '1.0.0')
})

here.each(graphs)('the graph %s answers its examples as expected, and is live', async (model, path) => {
  const { state, problem } = await released(model, path)
  expect({ state, problem }).toEqual({ state: 'succeeded', problem: undefined })
  await stage.serves(model, '1.0.0')
  expect(await stage.client.version(model, '1.0.0')).toMatchObject({ proof: { expected: 2 }, host: 'graph' })
})
