import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { timesModel } from '../harness/onnx-models.ts'
import { type Content, whole } from '../journeys/stage.ts'

const examples = join(import.meta.dirname, '..', '..', 'examples', 'iris')

/** Versions are numbered as they are uploaded. */
export function versionOf(number: number): string {
  return `1.${number}.0`
}

/** What a version must answer: a model of its own for each, so that a wrong version cannot answer rightly. */
export function answerOf(
  model: string,
  version: string,
): { readonly request: unknown; readonly answer: unknown } {
  const number = Number(version.split('.')[1])
  if (model !== 'iris') return { request: { x: 1 }, answer: number + 2 }
  const request = { sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 }
  return { request, answer: { species: 'setosa' } }
}

/** Few calls are enough for a verdict, and nobody goes live by an upload. */
const quickly = 'release: {alias: none, limits: {minRequests: 5, maxLatencyP95Ratio: 100}}\n'

/** The files of a version, with a manifest that names them. @param manifest more of it, as lines of YAML */
export async function contentOf(model: string, number: number, manifest = ''): Promise<Content> {
  const release = `${number === 0 ? '' : quickly}${manifest}`
  if (model !== 'iris') return whole({ 'model.onnx': timesModel(number + 2) }, release)
  const folder = join(examples, number % 2 === 0 ? '1.0.0' : '1.1.0')
  const paths = ['model.onnx', 'examples/setosa.json', 'examples/setosa.expected.json']
  const files = await Promise.all(
    paths.map(async (path) => [path, await readFile(join(folder, path))] as const),
  )
  const proof =
    'examples: [{request: examples/setosa.json, expect: examples/setosa.expected.json, tolerance: 1e-5}]\n'
  return whole(Object.fromEntries(files), release + proof)
}

/** Somebody who uploads into a home's store. What is not whole yet lies beside it, on the same disk. */
export class Uploader {
  readonly #models: string
  readonly #beside: string

  constructor(home: string, beside: string) {
    this.#models = join(home, 'store', 'models')
    this.#beside = beside
  }

  /** One file that is the whole release, moved in. */
  async file(model: string, number: number, bytes: Uint8Array = timesModel(number + 2)): Promise<void> {
    await mkdir(join(this.#models, model), { recursive: true })
    const draft = join(this.#beside, randomUUID())
    await writeFile(draft, bytes)
    await rename(draft, join(this.#models, model, `${versionOf(number)}.onnx`))
  }

  /** A whole folder, moved in by one rename. @param manifest more of it, as lines of YAML */
  async folder(model: string, number: number, manifest = ''): Promise<void> {
    const draft = join(this.#beside, randomUUID())
    await written(draft, await contentOf(model, number, manifest))
    await mkdir(join(this.#models, model), { recursive: true })
    await rename(draft, join(this.#models, model, versionOf(number)))
  }

  /** A folder that is written file by file into the store, the manifest first. */
  async fileByFile(model: string, number: number): Promise<void> {
    const content = await contentOf(model, number)
    const manifestFirst = Object.entries(content).toSorted(
      ([a], [b]) => Number(b === 'model.yaml') - Number(a === 'model.yaml'),
    )
    await written(join(this.#models, model, versionOf(number)), Object.fromEntries(manifestFirst))
  }
}

async function written(folder: string, content: Content): Promise<void> {
  for (const [path, bytes] of Object.entries(content)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), bytes)
  }
}
