/**
 * How long the image of a version takes: our append in the registry beside `docker build` and `docker push`, the same
 * bytes in one run. `npm run bench:append`. All of it is on this machine, and ends by itself: a registry, an engine if
 * there is none, and an emulator of S3 and ECR.
 */
import { createHash, randomFillSync } from 'node:crypto'
import { openAsBlob } from 'node:fs'
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { environment, registryEndpointVariable } from '../lib/wiring/environment.ts'
import { releasePrefix } from '../lib/wiring/store-layout.ts'
import { runtimeRepository } from '../test/containers/appending.ts'
import { ModelImages } from '../test/containers/model-image.ts'
import { type Engine, missing, startEngine } from '../test/harness/containers/engine.ts'
import { run } from '../test/harness/containers/run.ts'
import { runtimeImage } from '../test/harness/containers/runtime-image.ts'
import { type Emulator, startEmulator } from '../test/harness/emulator/ministack.ts'
import { figure, median } from './harness/figures.ts'

const megabyte = 2 ** 20
const bucket = 'models'
const cases = [
  { size: 1, rounds: 5, aim: 0.1 },
  { size: 100, rounds: 5 },
  { size: 1024, rounds: 3, aim: 0.67 },
] as const

/** One artifact in the bucket; the newest is also in the folder to build of. */
interface Artifact {
  readonly version: string
  readonly file: {
    readonly path: string
    readonly size: number
    readonly sha256: string
    readonly ref: string
  }
}

/**
 * The ports as a handler has them, in a process of its own, so that its memory is that of one append. It packs an
 * artifact of one byte first: handlers come to this with their connections open.
 */
const appending = `
import { readFileSync } from 'node:fs'
import { awsPorts } from './lambdas/aws/ports.ts'
const peak = () => Number(/VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024
const { images } = awsPorts()
const took = []
let idle = 0
for (const input of JSON.parse(process.argv[2])) {
  idle = peak()
  const started = performance.now()
  await images.pack(input)
  took.push(performance.now() - started)
}
console.log(JSON.stringify({ first: took[0], took: took[1], idle, peak: peak() }))`

/** As handlers are bundled. @returns the program's path */
async function bundled(folder: string): Promise<string> {
  const outfile = join(folder, 'append.mjs')
  await build({
    stdin: { contents: appending, resolveDir: join(import.meta.dirname, '..') },
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify: true,
    logLevel: 'warning',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  })
  return outfile
}

interface Appended {
  /** Milliseconds that the process's first append took, of one byte. */
  readonly first: number
  readonly took: number
  /** Megabytes before and after: the most that the process has had in memory at once. */
  readonly idle: number
  readonly peak: number
}

async function append(
  program: string,
  images: ModelImages,
  emulator: Emulator,
  artifacts: readonly Artifact[],
): Promise<Appended> {
  const release = { model: 'bench', runtime: 'onnx', architecture: 'x86_64' }
  const inputs = artifacts.map(({ version, file }) => ({
    ...release,
    version,
    digest: `sha256:${file.sha256}`,
    files: [file],
  }))
  const settings = Object.values(environment).map((name) => [name, 'bench'] as const)
  const said = await run(process.execPath, [program, JSON.stringify(inputs)], {
    ...Object.fromEntries(settings),
    // As the function that packs has it.
    NODE_OPTIONS: '--max-semi-space-size=1',
    ...emulator.environment,
    [environment.bucket]: bucket,
    [environment.repositoryPrefix]: runtimeRepository.replace('onnx', ''),
    [environment.templates]: JSON.stringify({ onnx: { x86_64: 'test' } }),
    [registryEndpointVariable]: `http://${images.host}`,
  })
  return JSON.parse(said)
}

/** @returns how long it took, in milliseconds */
async function buildAndPush(engine: Engine, images: ModelImages, folder: string, { version }: Artifact) {
  const image = `${images.host}/${runtimeRepository}:docker-${version}`
  const started = performance.now()
  await engine.docker('build', '--quiet', '--tag', image, folder)
  await engine.docker('push', '--quiet', image)
  const took = performance.now() - started
  await engine.docker('rmi', image)
  return took
}

/** Fresh random bytes, so that nothing of them is in any cache. */
async function makeArtifact(
  folder: string,
  emulator: Emulator,
  version: string,
  size: number,
): Promise<Artifact> {
  const path = 'model.onnx'
  const target = await open(join(folder, path), 'w')
  const hash = createHash('sha256')
  for (let left = size; left > 0; left -= megabyte) {
    const chunk = randomFillSync(Buffer.alloc(Math.min(megabyte, left)))
    await target.write(chunk)
    hash.update(chunk)
  }
  await target.close()
  const key = `${releasePrefix('bench', version)}${path}`
  const put = await ask(emulator, 'PUT', key, await openAsBlob(join(folder, path)))
  const ref = `${key}@${put.headers.get('x-amz-version-id')}`
  return { version, file: { path, size, sha256: hash.digest('hex'), ref } }
}

/** Of S3, what the emulator takes from anybody. @param place an object's key, or a query of the bucket's */
async function ask(
  emulator: Emulator,
  method: string,
  place: string,
  body?: Blob | string,
): Promise<Response> {
  const answer = await fetch(new URL(`/${bucket}/${place}`, emulator.endpoint), {
    method,
    ...(body !== undefined && { body }),
  })
  if (!answer.ok) throw new Error(`${method} ${place}: ${answer.status} ${await answer.text()}`)
  return answer
}

async function compare(engine: Engine, emulator: Emulator, images: ModelImages, folder: string) {
  const program = await bundled(folder)
  const model = join(folder, 'context')
  await mkdir(model)
  const steps = `FROM ${images.runtime}\nCOPY model.onnx /opt/sluice/model/model.onnx\n`
  await writeFile(join(model, 'Dockerfile'), steps)
  for (const { size, rounds, ...goal } of cases) {
    const ours: Appended[] = []
    const docker: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const first = await makeArtifact(model, emulator, `0.${size}.${round}`, 1)
      const artifact = await makeArtifact(model, emulator, `${size}.${round}.0`, size * megabyte)
      const sides = [
        async () => ours.push(await append(program, images, emulator, [first, artifact])),
        async () => docker.push(await buildAndPush(engine, images, model, artifact)),
      ]
      // Each begins every second round, and neither waits for the disk to take what the other wrote.
      for (const side of round % 2 === 0 ? sides : sides.reverse()) {
        await run('sync', [])
        await side()
      }
      const [key, version] = artifact.file.ref.split('@')
      await ask(emulator, 'DELETE', `${key}?versionId=${version}`)
    }
    const most = (of: (one: Appended) => number) => Math.max(...ours.map(of))
    const [appended, built] = [median(ours.map(({ took }) => took)), median(docker)]
    console.log(`${size} MB, medians of ${rounds}`)
    console.log(figure('  append', appended, 'ms'))
    console.log(figure('  docker build and docker push', built, 'ms'))
    console.log(figure('  append ÷ docker', appended / built, 'x', 'aim' in goal ? goal.aim : undefined))
    console.log(
      figure(
        '  most memory of the appending process',
        most(({ peak }) => peak),
        'MB',
        150,
      ),
    )
    console.log(
      figure(
        '    of that before its append',
        most(({ idle }) => idle),
        'MB',
      ),
    )
    console.log(
      figure('  first append of a process, of one byte', median(ours.map(({ first }) => first)), 'ms'),
    )
  }
}

const why = await missing('cargo', 'python3', 'docker-registry')
if (why !== undefined) throw new Error(`nothing can be measured here: ${why}`)
const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
const engine = await startEngine()
try {
  const images = await ModelImages.open(engine, await runtimeImage(engine))
  const emulator = await startEmulator()
  try {
    await ask(emulator, 'PUT', '')
    const versioned =
      '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>'
    await ask(emulator, 'PUT', '?versioning', versioned)
    await compare(engine, emulator, images, folder)
  } finally {
    await emulator.stop()
    await images.close()
  }
} finally {
  await engine.stop()
  await rm(folder, { recursive: true, force: true })
}
