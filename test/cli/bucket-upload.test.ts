import { createHash } from 'node:crypto'
import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { completeness, type ListedFile, manifestFile } from '../../lib/rules/artifact.ts'
import { parseManifest } from '../../lib/rules/manifest-text.ts'
import { emulated } from '../harness/emulator/ministack.ts'
import { timesModel } from '../harness/onnx-models.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import { until } from '../harness/until.ts'
import { sluiceRun, sluiceStart } from './command.ts'
import { type Functions, functions, gatewayTo, type Keys } from './deployed.ts'
import { emulatorOrReason } from './emulator-or-reason.ts'
import { type Sent, type Wire, wireTo } from './wire.ts'

const emulator = await emulatorOrReason()
const folder = await temporaryFolder()
afterAll(() => emulator?.stop())
const onEmulator = emulator === undefined ? describe.skip : describe
const megabyte = 1024 ** 2

onEmulator('push to a platform whose store is a bucket', () => {
  let s3: S3Client
  let behind: Functions
  let wire: Wire
  let nobody: Keys
  let Bucket: string
  let buckets = 0

  beforeAll(async () => {
    const { endpoint = '' } = emulator ?? {}
    s3 = new S3Client({ ...emulated, endpoint, forcePathStyle: true })
    behind = await functions()
    if (emulator !== undefined) nobody = (await gatewayTo(emulator, behind.url)).nobody
  }, 60_000)
  afterAll(async () => {
    s3.destroy()
    await behind.close()
  })
  beforeEach(async () => {
    buckets += 1
    Bucket = `models-${buckets}`
    await s3.send(new CreateBucketCommand({ Bucket }))
    const VersioningConfiguration = { Status: 'Enabled' } as const
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
    behind.store = `s3://${Bucket}`
    behind.versions.clear()
    wire = await wireTo(emulator?.endpoint ?? '')
  })
  afterEach(() => wire.close())

  const environment = (more: NodeJS.ProcessEnv = {}) => ({
    env: { ...emulator?.environment, AWS_ENDPOINT_URL: wire.url, SLUICE_PLATFORM_URL: behind.url, ...more },
  })
  const push = (place: string, more: readonly string[] = [], env: NodeJS.ProcessEnv = {}) =>
    sluiceRun(['push', place, '--no-wait', ...more], environment(env))

  /** What the store shows to a release. */
  async function listing(version = '1.0.0'): Promise<ListedFile[]> {
    const Prefix = `models/times/${version}/`
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }))
    return Contents.map(({ Key = '', Size = 0, LastModified }) => ({
      path: Key.slice(Prefix.length),
      size: Size,
      writtenAt: LastModified?.getTime() ?? 0,
      ref: '',
    }))
  }

  /** Whether a release would take what is there for the whole, however long it has been quiet. */
  async function looksWhole(): Promise<boolean> {
    const files = await listing()
    const manifest = files.some(({ path }) => path === manifestFile) ? await stored(manifestFile) : ''
    const later = Date.now() + 3600_000
    return completeness(files, parseManifest(manifest).files, later, later).complete
  }

  async function stored(path: string): Promise<string> {
    const Key = `models/times/1.0.0/${path}`
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
    return (await Body?.transformToString('latin1')) ?? ''
  }

  async function unfinished(): Promise<number> {
    return (await s3.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads?.length ?? 0
  }

  test('sends a folder: the manifest first with every file in it, each object once and with its SHA-256', async () => {
    const place = await release('whole', { 'weights.bin': 12 * megabyte })
    const seenWhole: boolean[] = []
    wire.before = async ({ method = '', url = '' }) => {
      if (isWrite({ method, path: url })) seenWhole.push(await looksWhole())
    }
    const { code, stdout, stderr } = await push(place)
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'times 1.0.0\n' })
    // On the way no moment looked whole, however long somebody would have waited.
    expect(seenWhole).toEqual(seenWhole.map(() => false))
    expect(await looksWhole()).toBe(true)

    const [first, ...others] = wire.sent.filter(isWrite)
    expect(first?.path).toMatch(/model\.yaml/)
    expect(others.map(({ path }) => path).join()).not.toMatch(/model\.yaml/)
    const creating = wire.sent.filter(
      ({ method, path }) => method !== 'GET' && !/uploads|partNumber/.test(path),
    )
    expect(creating).toHaveLength(4)
    for (const { headers } of creating) expect(headers['if-none-match']).toBe('*')
    for (const { headers } of wire.sent.filter(({ method }) => method === 'PUT'))
      expect(headers['x-amz-checksum-sha256']).toMatch(/^[\w+/]{43}=$/)

    const { files } = parseManifest(await stored(manifestFile))
    const names = ['examples/one.json', 'model.onnx', 'weights.bin']
    expect(files).toEqual(await Promise.all(names.map((path) => declared(place, path))))
    expect((await listing()).map(({ path }) => path).toSorted()).toEqual([...names, manifestFile].toSorted())
    for (const { path, sha256 } of files)
      expect(sha256Of(Buffer.from(await stored(path), 'latin1'))).toBe(sha256)

    expect(stderr).toMatch(/^ {2}3 files, 12\.6 MB, to s3:\/\/models-\d+$/m)
    expect(stderr).toMatch(/^ {2}\d\d % · [\d.]+ MB of 12\.6 MB · [\d.]+ \wB\/s$/m)
    expect(stderr).toMatch(/^ {2}100 % · 12\.6 MB of 12\.6 MB · /m)
  })

  test('sends a file as one object', async () => {
    const place = join(folder, 'times.onnx')
    await writeFile(place, timesModel(2))
    const { code } = await push(place, ['--model', 'times', '--version', '1.0.0'])
    expect(code).toBe(0)
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }))
    expect(Contents.map(({ Key }) => Key)).toEqual(['models/times/1.0.0.onnx'])
    behind.versions.set('times/1.0.0', { state: 'CREATING', operation: 'release-1' })
    const again = await push(place, ['--model', 'times', '--version', '1.0.0', '--json'])
    expect(again.json).toMatchObject({ code: 'version-exists' })
  })

  test('is refused before anything is sent where the version was released, or others upload it', async () => {
    const place = await release('refused')
    behind.versions.set('times/1.0.0', { state: 'READY', operation: 'release-1' })
    const released = await push(place, ['--json'])
    behind.versions.set('times/1.0.0', { state: 'CREATING', operation: 'release-1' })
    await s3.send(new PutObjectCommand({ Bucket, Key: 'models/times/1.0.0/model.onnx', Body: 'theirs' }))
    const others = await push(place, ['--json'])
    expect([released.code, others.code]).toEqual([1, 1])
    expect(released.json).toMatchObject({ code: 'version-exists', detail: expect.stringMatching(/is READY/) })
    expect(others.json).toMatchObject({
      code: 'version-exists',
      detail: expect.stringMatching(/other files/),
    })
    expect(wire.sent.filter(({ method }) => method !== 'GET')).toEqual([])
  })

  test('is refused where a file lies among its own that is not of it', async () => {
    const place = await release('among')
    expect((await push(place)).code).toBe(0)
    await s3.send(new PutObjectCommand({ Bucket, Key: 'models/times/1.0.0/stray.bin', Body: 'theirs' }))
    expect((await push(place, ['--json'])).json).toMatchObject({ code: 'version-exists' })
  })

  test('replaces a version that failed: what lay there goes first, and nothing of it stays', async () => {
    for (const path of ['1.0.0/model.onnx', '1.0.0/stray.bin', '1.0.0/model.yaml', '1.0.0-rc.1/model.onnx'])
      await s3.send(new PutObjectCommand({ Bucket, Key: `models/times/${path}`, Body: 'old' }))
    behind.versions.set('times/1.0.0', { state: 'FAILED', operation: 'release-1' })
    const { code } = await push(await release('mended'))
    expect(code).toBe(0)
    const paths = (await listing()).map(({ path }) => path).toSorted()
    expect(paths).toEqual(['examples/one.json', 'model.onnx', 'model.yaml'])
    expect(await stored('model.onnx')).not.toBe('old')
    expect(await listing('1.0.0-rc.1')).toHaveLength(1)
  })

  test('goes on where Ctrl+C stopped it, and leaves no parts behind', async () => {
    const place = await release('stopped', { 'weights.bin': 32 * megabyte })
    let parts = 0
    wire.before = async ({ url = '' }) => {
      parts += Number(url.includes('partNumber'))
      if (parts > 2 && url.includes('partNumber'))
        await until('never', () => false, 3000).catch(() => undefined)
    }
    const pushing = sluiceStart(['push', place, '--no-wait'], environment())
    await until('it has sent some parts', () => parts > 2)
    pushing.child.kill('SIGINT')
    const { code, signal, stderr } = await pushing.ran
    expect({ code, signal }).toEqual({ code: null, signal: 'SIGINT' })
    expect(stderr).toMatch(/stopped; push the same again/)
    expect(await unfinished()).toBe(0)
    expect(await looksWhole()).toBe(false)

    // The platform has taken notice, and waits for the rest.
    behind.versions.set('times/1.0.0', { state: 'CREATING', operation: 'release-1' })
    wire.before = () => undefined
    wire.sent.length = 0
    expect((await push(place)).code).toBe(0)
    expect(await looksWhole()).toBe(true)
    expect(
      wire.sent
        .filter(isWrite)
        .map(({ path }) => path)
        .join(),
    ).not.toMatch(/model\.(?:onnx|yaml)/)
    expect((await push(place)).code).toBe(0)
  })

  test('goes on after the network was lost, and has said so', async () => {
    const place = await release('cut', { 'weights.bin': 32 * megabyte })
    let parts = 0
    wire.before = ({ url = '' }) => {
      parts += Number(url.includes('partNumber'))
      if (parts > 2) throw new Error('the line is cut')
    }
    const cut = await push(place, ['--json'])
    expect(cut.code).toBe(4)
    expect(cut.json).toMatchObject({
      code: 'platform-unreachable',
      detail: expect.stringMatching(/push again/),
    })
    expect(await looksWhole()).toBe(false)
    wire.before = () => undefined
    expect((await push(place)).code).toBe(0)
    expect(await looksWhole()).toBe(true)
  }, 30_000)

  test('takes an object whose answer was lost for what it is', async () => {
    const lost = new Set<string>()
    wire.after = ({ method = '', url = '' }) => {
      const key = url.replace(/\?.*/, '')
      const creates = isWrite({ method, path: url }) && !/uploads|partNumber/.test(url)
      if (!creates || lost.has(key)) return
      lost.add(key)
      throw new Error('nobody hears the answer')
    }
    const place = await release('unheard', { 'weights.bin': 12 * megabyte })
    const { code, stderr } = await push(place)
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('version-exists') })
    expect(lost.size).toBe(4)
    expect(await looksWhole()).toBe(true)
  }, 30_000)

  test('is refused to who may not write, with what it takes', async () => {
    const { code, json } = await push(await release('forbidden'), ['--json'], { ...nobody })
    expect(code).toBe(1)
    expect(json).toMatchObject({ code: 'access-refused', detail: expect.stringMatching(/s3:PutObject/) })
  })

  test('holds pieces in memory, never a whole file', async () => {
    const peak = async (place: string) => {
      const PEAK_MEMORY_FILE = join(folder, 'peak')
      const NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(writesPeakMemory)}`
      expect((await push(place, [], { PEAK_MEMORY_FILE, NODE_OPTIONS })).code).toBe(0)
      return Number(await readFile(PEAK_MEMORY_FILE, 'utf8'))
    }
    const small = await peak(await release('small', {}, '2.0.0'))
    const large = await peak(await release('large', { 'weights.bin': 256 * megabyte }, '3.0.0'))
    expect((large - small) / megabyte).toBeLessThan(100)
  }, 60_000)
})

/** Imported by a process: at its end it writes down the most memory it ever held, in bytes. */
const writesPeakMemory = `
  import { writeFileSync } from 'node:fs'
  process.on('exit', () => {
    writeFileSync(process.env.PEAK_MEMORY_FILE, String(process.resourceUsage().maxRSS * 1024))
  })
`

/** A release folder of a model that answers `2 x`, with a golden example, and files of so many zeros. */
async function release(name: string, zeros: Readonly<Record<string, number>> = {}, version = '1.0.0') {
  const place = join(folder, name)
  const written = {
    'model.yaml': `# ours\nmodel: times\nversion: ${version}\n`,
    'model.onnx': timesModel(2),
    'examples/one.json': '{"x": 1}',
  }
  for (const [path, content] of Object.entries(written)) {
    await mkdir(dirname(join(place, path)), { recursive: true })
    await writeFile(join(place, path), content)
  }
  for (const [path, size] of Object.entries(zeros)) {
    await writeFile(join(place, path), '')
    await truncate(join(place, path), size)
  }
  return place
}

async function declared(place: string, path: string) {
  const bytes = await readFile(join(place, path))
  return { path, size: bytes.length, sha256: sha256Of(bytes) }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function isWrite({ method, path }: Pick<Sent, 'method' | 'path'>): boolean {
  return method === 'PUT' || (method === 'POST' && !path.includes('?delete'))
}
