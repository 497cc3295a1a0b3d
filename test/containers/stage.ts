import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals'
import { type Engine, startEngine } from '../harness/containers/engine.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import type { Files } from './appending.ts'
import { Pod } from './pod.ts'
import { buildTime } from './where-containers-run.ts'

/** Where a server of ours is asked, as its neighbours in a pod name it. */
export const [ping, invocations] = ['http://127.0.0.1:8080/ping', 'http://127.0.0.1:8080/invocations']

const folder = await temporaryFolder()

/** What the tests of one runtime's image have in common. */
export interface Stage {
  readonly engine: Engine
  /** The runtime's image. */
  readonly image: string
  /** Of the test that runs, with all that it has started. */
  readonly pod: Pod
  /**
   * Start a container of the image with a model in it, read-only.
   * @param model a folder, or files by their names @param version what its server is told of it @returns its id
   */
  started(model: string | Files, version?: object): Promise<string>
}

/** For the `describe` that it is called in: an engine, the image once, and for every test a pod of its own. */
export function stageOf(build: (engine: Engine) => Promise<string>): Stage {
  let engine: Engine | undefined
  let pod: Pod | undefined
  let image = ''
  let places = 0
  beforeAll(async () => {
    engine = await startEngine()
    image = await build(engine)
  }, buildTime)
  afterAll(() => engine?.stop())
  beforeEach(async () => {
    pod = await Pod.open(there(engine))
  })
  afterEach(() => pod?.close())

  /** A folder of its own with files in it. */
  async function written(files: Files): Promise<string> {
    places += 1
    const place = join(folder, `${places}`)
    await mkdir(place)
    for (const [name, text] of Object.entries(files)) await writeFile(join(place, name), text)
    return place
  }

  return {
    get engine() {
      return there(engine)
    },
    get image() {
      return image
    },
    get pod() {
      return there(pod)
    },
    async started(model, version) {
      const place = typeof model === 'string' ? model : await written(model)
      const volumes = [`--volume=${place}:/opt/sluice/model:ro`]
      if (version !== undefined) {
        const told = await written({ 'version.json': JSON.stringify(version) })
        volumes.push(`--volume=${join(told, 'version.json')}:/opt/sluice/version.json:ro`)
      }
      return there(pod).start(image, volumes)
    },
  }
}

function there<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('a test asks for what was not started')
  return part
}
