import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { sha256Hex } from '../../../lib/rules/digest.ts'
import { isLock, lockedPackages } from '../../../lib/rules/node/node-requirements.ts'
import type { Operation } from '../../../lib/rules/operation.ts'
import { lockKeys } from '../../../lib/wiring/store-layout.ts'
import { worstDifference } from '../../runtimes/worst-difference.ts'
import { until } from '../until.ts'
import { iris, type Travels } from './travels.ts'

const examples = join(iris, '..')

/** A release folder as people bring it: its model, its version, its manifest, and its other files by their paths. */
interface Release {
  readonly model: string
  readonly version: string
  readonly manifest: object
  readonly files: Readonly<Record<string, Uint8Array>>
}

/** By runtime, what its own framework made, with what that itself answers to a few rows beside it. */
const brought = await Promise.all(
  Object.entries({ python: 'wine', r: 'r-vetiver', node: 'node', java: 'java' }).map(
    async ([runtime, example]) => ({ runtime, ...(await releaseIn(join(examples, example, '1.0.0'))) }),
  ),
)
const releaseOf = (runtime: string) => {
  const found = brought.find((one) => one.runtime === runtime)
  if (found === undefined) throw new Error(`there is no example of ${runtime}`)
  return found
}

/** A program without the lock that its example brings: one is made. */
const { 'package-lock.json': _, ...unlockedFiles } = releaseOf('node').files
const unlocked: Release = {
  ...releaseOf('node'),
  model: 'unlocked',
  manifest: { ...releaseOf('node').manifest, model: 'unlocked' },
  files: unlockedFiles,
}

const nowhere: Release = {
  model: 'nowhere',
  version: '1.0.0',
  manifest: {
    signature: { inputs: [{ name: 'x', type: 'float64' }], outputs: [{ name: 'y', type: 'float64' }] },
  },
  files: {
    'predict.py': Buffer.from('def predict(inputs):\n  return inputs["x"]\n'),
    'requirements.txt': Buffer.from('no-such-package-zzqx==1.0\n'),
  },
}

/** Every runtime with packages or a language of its own: uploaded, built of a lock, released, and asked. */
export function runtimesJourney(here: () => Travels, patienceMs: number): void {
  const put = ({ model, version, files, manifest }: Release) =>
    here().putRelease(model, version, files, manifest)
  const details = ({ model, version }: Pick<Release, 'model' | 'version'>) =>
    here().read<{ state: string; image: string; lock?: string; operation: string; problem?: unknown }>(
      `/models/${model}/versions/${version}`,
    )
  /** What a release told of what is built for it. */
  const toldOf = async (release: Pick<Release, 'model' | 'version'>) => {
    const { operation } = await details(release)
    const { progress } = await here().read<Operation>(`/operations/${operation}`)
    return progress.map(({ text }) => text).filter((text) => /^(?:resolving|building) /.test(text))
  }

  beforeAll(() => Promise.all([...brought, unlocked, nowhere].map(put)), patienceMs)

  test.each([...brought, { ...unlocked, runtime: 'node, without a lock,' }])(
    'releases a model of $runtime, which answers as its own framework does',
    async ({ model, version, files, manifest }) => {
      await here().ready(model, version, patienceMs)
      for (const { request, expect: expected } of examplesOf(manifest)) {
        const { status, body } = await here().ask(`${model}/versions/${version}`, jsonIn(files, request))
        expect([status, status === 200 ? '' : body]).toEqual([200, ''])
        expect(worstDifference(jsonIn(files, expected), JSON.parse(body))).toBeLessThanOrEqual(1e-6)
      }
    },
    patienceMs,
  )

  test('resolves what is not locked, builds of the lock, and keeps that under the digest that the version names', async () => {
    const [wine, program] = [releaseOf('python'), unlocked]
    expect(await toldOf(wine)).toEqual([
      expect.stringMatching(/^resolving \d+ requirements?$/),
      expect.stringMatching(/^building the python runtime with \d+ packages$/),
    ])
    expect(await lockOf(wine)).toMatch(/^scikit-learn==\S+ \\\n {4}--hash=sha256:/m)
    expect(await toldOf(program)).toEqual([
      'resolving 1 package',
      expect.stringMatching(/^building the node runtime with \d+ packages$/),
    ])
    const made = await lockOf(program)
    expect([isLock(made), lockedPackages(made) > 1]).toEqual([true, true])
    // What is a lock already is taken as it is.
    expect(await toldOf(releaseOf('node'))).toEqual([
      expect.stringMatching(/^building the node runtime with/),
    ])
  })

  test(
    'shares what was resolved and built with the next version that asks for the same',
    async () => {
      const shared = async (release: Release) => {
        const next = { ...release, version: '1.1.0', manifest: { ...release.manifest, version: '1.1.0' } }
        await put(next)
        await here().ready(next.model, next.version, patienceMs)
        const [first, second] = [await details(release), await details(next)]
        expect([second.lock, await toldOf(next)]).toEqual([first.lock, []])
        expect(second.image).not.toBe(first.image)
      }
      await Promise.all([releaseOf('python'), unlocked].map(shared))
    },
    patienceMs,
  )

  test(
    'says in a sentence what there is no package of',
    async () => {
      const failed = await until(
        'it has failed',
        async () => {
          const found = await details(nowhere)
          return found.state === 'FAILED' && found
        },
        patienceMs,
      )
      const { problem } = await here().read<Operation>(`/operations/${failed.operation}`)
      expect(problem?.code).toBe('environment-failed')
      expect(problem?.detail).toMatch(/^no packages fit the requirements: no-such-package-zzqx was not found/)
      expect(problem?.detail).not.toMatch(/https?:|uvicorn/)
    },
    patienceMs,
  )

  /** The lock that a version names, as it lies in the store. */
  async function lockOf(release: Release): Promise<string> {
    const [, hex = ''] = /^sha256:([0-9a-f]{64})$/.exec((await details(release)).lock ?? '') ?? []
    const text = await here().text(lockKeys.lock(hex))
    expect(sha256Hex(text)).toBe(hex)
    return text
  }
}

async function releaseIn(folder: string): Promise<Release> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
  const read = paths.map(async (path) => [path, await readFile(join(folder, path))] as const)
  const { 'model.yaml': text = '', ...files } = Object.fromEntries(await Promise.all(read))
  const manifest = parse(String(text))
  const { model, version } = manifest
  return { model, version, manifest, files }
}

function examplesOf(manifest: object): readonly { readonly request: string; readonly expect: string }[] {
  const { examples: found = [] } = manifest as { examples?: { request: string; expect: string }[] }
  if (found.length === 0) throw new Error('there is nothing to ask it')
  return found
}

function jsonIn(files: Release['files'], path: string): unknown {
  return JSON.parse(String(Buffer.from(files[path] ?? '')))
}
