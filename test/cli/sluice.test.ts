import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { PlatformClient } from '../../cli/platform-client.ts'
import { homeAt } from '../../local/home.ts'
import { lendMachines } from '../harness/machines.ts'
import { echoModel, timesModel } from '../harness/onnx-models.ts'
import { until } from '../harness/until.ts'
import { sluiceRun, sluiceUp, type UpPlatform } from './command.ts'

const root = join(import.meta.dirname, '..', '..')
const iris = (version: string) => join(root, 'examples', 'iris', version)

let folder: string
let platform: UpPlatform
let client: PlatformClient
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  await lendMachines(homeAt(join(folder, 'home')))
  platform = await sluiceUp(join(folder, 'home'), ['--bare'])
  const { url = 'http://localhost:1' } = JSON.parse(platform.stdout[0] ?? '{}') as { url?: string }
  client = new PlatformClient(url)
}, 30_000)
afterAll(async () => {
  platform.child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

/** Run a verb against the platform of this test. */
const run = (args: readonly string[], input?: string) =>
  sluiceRun(args, { env: { SLUICE_PLATFORM_URL: client.url }, ...(input !== undefined && { input }) })

/** A release folder of a model that answers `2 x`. */
async function release(
  name: string,
  manifest: string,
  files: Readonly<Record<string, string | Uint8Array>> = {},
) {
  const place = join(folder, name)
  const all = { 'model.yaml': manifest, 'model.onnx': timesModel(2), ...files }
  for (const [path, content] of Object.entries(all)) {
    await mkdir(dirname(join(place, path)), { recursive: true })
    await writeFile(join(place, path), content)
  }
  return place
}

describe('up', () => {
  test('says with --json on one line where it is, when it is ready, and nothing else', async () => {
    expect(platform.stdout).toHaveLength(1)
    const { url, store, ...rest } = JSON.parse(platform.stdout[0] ?? '')
    expect(url).toMatch(/^http:\/\/localhost:\d+$/)
    expect(store).toBe(join(folder, 'home', 'store'))
    expect(rest).toEqual({ ready: true })
    expect(await client.health()).toMatchObject({ status: 'ok' })
    expect(await client.models()).toEqual([])
    expect(platform.stderr).toEqual([])
  })

  test('is refused a home that another platform has, and a port that somebody has', async () => {
    const squatter = createServer().listen(0, '127.0.0.1')
    await once(squatter, 'listening')
    const { port } = squatter.address() as { port: number }
    const [home, taken] = await Promise.all([
      sluiceRun(['up', '--json', '--bare', '--port', '0', '--home', join(folder, 'home')]),
      sluiceRun(['up', '--json', '--bare', '--port', `${port}`, '--home', join(folder, 'other-home')]),
    ])
    squatter.close()
    expect(home.code).toBe(1)
    expect(home.json).toMatchObject({
      code: 'usage',
      detail: expect.stringMatching(/another platform runs in .*--home/),
    })
    expect(taken.code).toBe(1)
    expect(taken.json).toMatchObject({
      code: 'usage',
      detail: expect.stringMatching(new RegExp(`port ${port} is in use.*--port`)),
    })
  })
})

describe('check', () => {
  test('shows what a model is and where every value of its manifest came from', async () => {
    const [checked, other, prose] = await Promise.all([
      run(['check', iris('1.0.0'), '--json']),
      run(['check', iris('1.1.0'), '--json']),
      run(['check', iris('1.2.0')]),
    ])
    expect(checked.code).toBe(0)
    expect(checked.stderr).toBe('')
    expect(checked.json).toMatchObject({
      manifest: {
        model: 'iris',
        version: '1.0.0',
        runtime: 'onnx',
        host: { kind: 'lambda', memoryMb: 2048 },
        signature: { inputs: [{ name: 'sepal_length', type: 'float32', shape: [] }, {}, {}, {}] },
      },
      origins: { model: 'written', runtime: 'detected', host: 'default', signature: 'artifact' },
    })
    expect(other.code).toBe(0)
    expect(other.json).toMatchObject({ manifest: { version: '1.1.0', examples: [{}, {}, {}] } })
    expect(prose.code).toBe(0)
    expect(prose.stderr).toMatch(/iris 1\.2\.0 is a model for the onnx runtime/)
    expect(prose.stdout).toMatch(/^model: iris {2}# written$/m)
    expect(prose.stdout).toMatch(/^runtime: onnx {2}# detected$/m)
  })

  test('shows what it read off a scikit-learn file, and what that needs', async () => {
    const model = join(root, 'test', 'fixtures', 'sklearn', 'string-labels.skops')
    const named = ['--model', 'iris', '--version', '2.0.0']
    const [checked, prose] = await Promise.all([
      run(['check', model, ...named, '--json']),
      run(['check', model, ...named]),
    ])
    expect(checked.code).toBe(0)
    expect(checked.json).toMatchObject({
      manifest: { runtime: 'python', signature: { inputs: [{ name: 'input', shape: [4] }] } },
      origins: { runtime: 'detected', signature: 'artifact' },
      entry: 'model.skops',
      requirements: 'scikit-learn==1.9.1\nskops\n',
    })
    expect(prose.stderr.trim().split(/\n\s*/)).toEqual([
      expect.stringMatching(/iris 2\.0\.0 is a model for the python runtime$/),
      'model.skops holds the estimator LogisticRegression, saved by scikit-learn 1.9.1',
      'recognised because model.skops is a scikit-learn model by skops',
      'takes input: float64[4]',
      'gives label: string, probabilities: float64[3]',
      'needs scikit-learn==1.9.1, skops',
    ])
  })

  test('says why it was recognised, and what beside it was taken for a part of it', async () => {
    const folder = await release(
      'program',
      'signature: {inputs: [{name: x, type: float64}], outputs: [{name: y, type: float64}]}\n',
    )
    await writeFile(join(folder, 'predict.py'), 'def predict(inputs):\n    return []\n')
    await writeFile(join(folder, 'model.onnx'), 'a part of it')
    const named = ['--model', 'mixed', '--version', '1.0.0']
    const [checked, prose] = await Promise.all([
      run(['check', folder, ...named, '--json']),
      run(['check', folder, ...named]),
    ])
    expect(checked.json).toMatchObject({
      ...{ layout: 'program', entry: 'predict.py' },
      ...{ because: 'there is a predict.py', beside: ['model.onnx'] },
    })
    expect(prose.stderr).toMatch(
      /recognised because there is a predict\.py\n {2}taken for parts of it: model\.onnx\n/,
    )
  })

  test('names every fault of a manifest at once, each with its line', async () => {
    const manifest = [
      'model: Iris',
      'version: one',
      'runtime: onyx',
      'hosst: {}',
      'examples: [{request: a.json, tolerance: -1}]',
      '',
    ].join('\n')
    const { code, json, stderr } = await run(['check', await release('faults', manifest), '--json'])
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(json['code']).toBe('manifest-invalid')
    const findings = json['errors'] as { pointer: string; line: number; found: string; allowed: string }[]
    expect(findings.map(({ pointer, line }) => [pointer, line])).toEqual([
      ['/model', 1],
      ['/version', 2],
      ['/runtime', 3],
      ['/hosst', 4],
      ['/examples/0/tolerance', 5],
    ])
    expect(findings[2]?.found).toMatch(/did you mean 'onnx'/)
    expect(findings[3]?.found).toMatch(/did you mean 'host'/)
    for (const { allowed } of findings) expect(allowed).toMatch(/\w/)
  })
})

describe('push', () => {
  test('releases a model and ends with 0 when it is ready, its document on one line', async () => {
    const { code, json, stderr } = await run(['push', iris('1.0.0'), '--json'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(json).toMatchObject({
      model: 'iris',
      version: '1.0.0',
      state: 'READY',
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      operation: { kind: 'promotion', state: 'succeeded' },
    })
    expect((await client.model('iris')).aliases['live']?.stable).toBe('1.0.0')
  })

  test('of a version that is there ends with 1, and of a model that lies with 2', async () => {
    const lie = await release(
      'lie',
      'model: liar\nversion: 1.0.0\nexamples: [{request: a.json, expect: b.json}]\n',
      { 'a.json': '{"x": 2}', 'b.json': '{"predictions": [5]}' },
    )
    const [again, lied] = await Promise.all([run(['--json', 'push', iris('1.0.0')]), run(['push', lie])])
    expect(again.code).toBe(1)
    expect(again.json).toMatchObject({ code: 'version-exists' })
    expect(lied.code).toBe(2)
    expect(lied.stdout).toMatch(/^liar 1\.0\.0 FAILED/)
    expect(lied.stderr).toMatch(
      /^ +PLACE +EXPECTED +FOUND +OFF BY\n +\/examples\/0\/predictions\/0 +5 ± 0\.000005 +4 +1$/m,
    )
    expect(lied.stderr).toMatch(/sluice explain golden-check-failed/)
  })
})

describe('promote', () => {
  test('ends with 3 when the canary is taken back', async () => {
    const manifest = 'model: iris\nversion: 1.1.0\nrelease: {alias: none, compatibility: none}\n'
    const place = await release('sibling', manifest)
    expect((await run(['push', place, '--json'])).code).toBe(0)
    const promoting = run(['promote', 'iris', '1.1.0', '--rollout', 'canary:10%/600s', '--json'])
    await until('it has its share', async () => (await client.model('iris')).aliases['live']?.canary)
    const back = await run(['rollback', 'iris', '--reason', 'we do not like it', '--json'])
    const { code, json, stderr } = await promoting
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' })
    expect(json).toMatchObject({ kind: 'promotion', state: 'rolled-back', problem: { code: 'rolled-back' } })
    expect(back.code).toBe(0)
    expect(back.json).toMatchObject({ kind: 'rollback', state: 'succeeded', reason: 'we do not like it' })
  }, 20_000)

  test('of a version that is not there ends with 1, and tells a person so', async () => {
    const { code, stdout, stderr } = await run(['promote', 'iris', '9.9.9'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/✖ 'iris' has no version 9\.9\.9/)
    expect(stderr).toMatch(/sluice explain version-unknown/)
  })
})

describe('invoke', () => {
  const row = '{"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}'

  test('sends what comes on standard input, and gives the answer on standard output', async () => {
    const [piped, named] = await Promise.all([
      run(['invoke', 'iris'], row),
      run(['invoke', 'iris', '--data', row, '--version', '1', '--json']),
    ])
    expect(piped.code).toBe(0)
    expect(JSON.parse(piped.stdout)).toMatchObject({ predictions: [{ species: 'setosa' }] })
    expect(piped.stderr).toMatch(/iris 1\.0\.0 \(stable\)/)
    expect(named.json).toEqual(JSON.parse(piped.stdout))
    expect(named.stderr).toBe('')
  })

  test('sends a file of another type', async () => {
    const path = join(folder, 'rows.csv')
    await writeFile(
      path,
      'petal_width,petal_length,sepal_width,sepal_length\n0.2,1.4,3.5,5.1\n1.8,5.8,2.5,6.7\n',
    )
    const { code, json } = await run(['invoke', 'iris', '--file', path, '--type', 'text/csv', '--json'])
    expect(code).toBe(0)
    expect(json).toMatchObject({ predictions: [{ species: 'setosa' }, { species: 'virginica' }] })
  })

  test('ends with 1 where the record does not fit, and shows the problem as it was answered', async () => {
    const { code, json } = await run(['invoke', 'iris', '--data', '{"sepal_length": "long"}', '--json'])
    expect(code).toBe(1)
    expect(json).toMatchObject({ code: 'request-invalid', status: 422, requestId: expect.any(String) })
  })
})

describe('what is known', () => {
  test('is shown as the platform tells it: list, show, history, retire', async () => {
    const [listed, shown, version, told, at, refused] = await Promise.all([
      run(['list', '--json']),
      run(['show', 'iris', '--json']),
      run(['show', 'iris', '1.0.0', '--json']),
      run(['history', 'iris', '--json']),
      run(['history', 'iris', '--at', '2020-01-01T00:00:00Z', '--json']),
      run(['retire', 'iris', '1.0.0', '--reason', 'x', '--json']),
    ])
    expect(listed.json).toEqual({ models: await client.models() })
    expect(shown.json).toEqual(await client.model('iris'))
    expect(version.json).toEqual(await client.version('iris', '1.0.0'))
    expect(told.json).toEqual({ entries: await client.history('iris') })
    expect(at.json).toMatchObject({ aliases: {} })
    expect([listed, shown, version, told, at].map(({ code }) => code)).toEqual([0, 0, 0, 0, 0])
    expect(refused.code).toBe(1)
    expect(refused.json).toMatchObject({ code: 'still-in-use' })
  })

  test('is a table for a person, without colours where NO_COLOR or a pipe says so', async () => {
    const env = { SLUICE_PLATFORM_URL: client.url, NO_COLOR: '1' }
    const { code, stdout, stderr } = await sluiceRun(['list'], { env })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^MODEL +LIVE +CANARY +VERSIONS +NEWEST\niris +1\.0\.0 /)
  })

  test('ends with 4 where no platform answers, and says how to start one', async () => {
    const [json, prose] = await Promise.all([
      sluiceRun(['list', '--json', '--platform', 'http://127.0.0.1:1']),
      sluiceRun(['--platform', 'http://127.0.0.1:1', 'show', 'iris']),
    ])
    expect([json.code, prose.code]).toEqual([4, 4])
    expect(json.json).toMatchObject({ code: 'platform-unreachable' })
    expect(prose.stdout).toBe('')
    expect(prose.stderr).toMatch(/no platform answers at http:\/\/127\.0\.0\.1:1.*sluice up/)
  })
})

describe('help', () => {
  test('lists every verb, and what a verb takes', async () => {
    const [all, one] = await Promise.all([run(['--help']), run(['rollback', '--help'])])
    expect([all.code, one.code]).toEqual([0, 0])
    for (const verb of ['up', 'demo', 'check', 'push', 'list', 'show', 'invoke', 'promote', 'rollback'])
      expect(all.stdout).toMatch(new RegExp(`^  ${verb}\\b`, 'm'))
    for (const verb of ['watch', 'history', 'retire', 'explain'])
      expect(all.stdout).toMatch(new RegExp(`^  ${verb}\\b`, 'm'))
    expect(one.stdout).toMatch(/--reason <text> +why/)
  })

  test('is offered for what is not understood, and that ends with 1', async () => {
    const wrong = await Promise.all([
      run(['pusch', 'x']),
      run(['rollback', 'iris']),
      run(['up', '--port', 'many']),
      run(['explain', 'golden-chek-failed']),
    ])
    expect(wrong.map(({ code, stdout }) => ({ code, stdout }))).toEqual(
      wrong.map(() => ({ code: 1, stdout: '' })),
    )
    const [verb, option, port, explained] = wrong.map(({ stderr }) => stderr)
    expect(verb).toMatch(/unknown command 'pusch'/)
    expect(option).toMatch(/--reason/)
    expect(port).toMatch(/--port is 'many', and allowed is 0 to 65535/)
    expect(explained).toMatch(/did you mean 'golden-check-failed'/)
  })
})

describe('up, at the end', () => {
  test('stops when it is told to, has said nothing more on standard output, and keeps what it holds', async () => {
    const ended = once(platform.child, 'exit')
    platform.child.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    expect(platform.stdout).toHaveLength(1)
    expect(platform.stderr).toEqual([])
    platform = await sluiceUp(join(folder, 'home'), ['--bare'])
    const { url, store } = JSON.parse(platform.stdout[0] ?? '{}')
    client = new PlatformClient(url)
    expect((await client.models()).map(({ model, live }) => [model, live])).toContainEqual(['iris', '1.0.0'])
    expect(fileURLToPath((await client.health()).store)).toBe(store)
  })
})

describe('diff', () => {
  const push = async (name: string, inputs: readonly string[], version: string) => {
    const place = await release(name, `model: contract\nversion: ${version}\n`, {
      'model.onnx': echoModel(...inputs.map((input) => ({ name: input, type: 'float32' }) as const)),
    })
    return place
  }

  test('of a path whose model is not there yet changes nothing for anybody', async () => {
    const place = await push('contract-1', ['a'], '1.0.0')
    const { code, json } = await run(['diff', place, '--against', 'contract', '--json'])
    expect([code, json]).toEqual([
      0,
      {
        model: 'contract',
        after: '1.0.0',
        changes: [],
        needs: 'patch',
        breaking: false,
        honest: true,
        compatibility: 'backward',
        refused: false,
      },
    ])
    expect((await run(['push', place])).code).toBe(0)
  })

  test('ends with 2 where callers break and the version number does not say so', async () => {
    const place = await push('contract-2', ['a', 'b'], '1.1.0')
    const args = ['diff', place, '--against', 'contract@live']
    const { code, json } = await run([...args, '--json'])
    expect(code).toBe(2)
    expect(json).toMatchObject({
      before: '1.0.0',
      after: '1.1.0',
      needs: 'major',
      says: 'minor',
      breaking: true,
      honest: false,
      compatibility: 'backward',
      refused: true,
    })
    const text = await run(args)
    expect(text.code).toBe(2)
    expect(text.stdout).toMatch(/^CALLERS +CHANGE +BEFORE +AFTER +WHY\n/)
    expect(text.stdout).toContain('give it a new major version')
    expect(text.stdout).toContain(
      "It promises compatibility 'backward': a promotion over 1.0.0 would be refused",
    )
  })

  test('ends with 0 where it does', async () => {
    const place = await push('contract-3', ['a', 'b'], '2.0.0')
    const { code, json } = await run(['diff', place, '--against', 'contract', '--json'])
    expect([code, json['breaking'], json['honest'], json['says']]).toEqual([0, true, true, 'major'])
    expect((await run(['push', place])).code).toBe(0)
    const both = await run(['diff', 'contract', '1.0.0', '2.0.0', '--json'])
    expect(both.json).toEqual(json)
    expect((await run(['diff', 'contract', '2.0.0', '2.0.0'])).stdout).toBe(
      'contract 2.0.0 to 2.0.0 changes nothing for callers\n',
    )
  })

  test('as Markdown holds nothing of a stranger that is markup', async () => {
    const name = 'a|`@someone` <img src=x>[x](http://x)'
    const place = await release('contract-4', 'model: contract\nversion: 1.2.0\n', {
      'model.onnx': echoModel({ name, type: 'float32' }),
    })
    const { stdout } = await run(['diff', place, '--against', 'contract', '--markdown'])
    expect(stdout).toMatch(/^### ❌ <code>contract 1\.2\.0<\/code>\n/)
    expect(stdout.replaceAll(/<\/?code>|&#\d+;/g, '')).not.toMatch(/[@`<>[\]()]/)
    for (const row of stdout.split('\n').filter((line) => line.startsWith('| ')))
      expect(row.split('|')).toHaveLength(7)
  })

  test.each([
    ['usage', ['diff', 'contract', '1.0.0']],
    ['usage', ['diff', 'contract']],
    ['version-unknown', ['diff', 'contract', '1.0.0', '9.0.0']],
    ['version-malformed', ['diff', 'contract', '1.0.0', 'x']],
    ['version-unknown', ['diff', 'nobody', '1.0.0', '1.0.1']],
    ['alias-unknown', ['diff', 'PATH', '--against', 'contract@nothing']],
    ['usage', ['diff', 'PATH', '--against', 'contract@1.0.0@live']],
    ['usage', ['diff', 'nowhere', '--against', 'contract']],
  ])('is refused as %s: %j', async (refusal, args) => {
    const place = join(folder, 'contract-3')
    const { code, json } = await run([...args.map((word) => (word === 'PATH' ? place : word)), '--json'])
    expect([code, json['code']]).toEqual([1, refusal])
  })
})

describe('init', () => {
  test('writes a manifest beside a model, which check takes as it is', async () => {
    const place = await release('first-model', '')
    await rm(join(place, 'model.yaml'))
    const { code, json } = await run(['init', place, '--json'])
    expect([code, json['path'], json['written']]).toEqual([0, join(place, 'model.yaml'), true])
    expect(json['text']).toMatch(/^model: first-model$/m)
    expect(json['text']).toMatch(/^version: 1\.0\.0$/m)
    expect(json['text']).toMatch(/^runtime: onnx # detected$/m)
    expect(json['text']).toMatch(/^# signature:$/m)
    const checked = await run(['check', place, '--json'])
    expect(checked.json['manifest']).toMatchObject({
      model: 'first-model',
      version: '1.0.0',
      runtime: 'onnx',
    })
    expect(checked.json['origins']).toMatchObject({ model: 'written', host: 'written', examples: 'default' })
    // What stands there as a comment is a manifest too, once it is none.
    const whole = String(json['text'])
      .replaceAll(/^# (?=[a-z]+:| {2})/gm, '')
      .replace('- {request: examples/one.json, expect: examples/one.expected.json, tolerance: 1e-5}', '[]')
      .replace('examples:\n  []', 'examples: []')
    await writeFile(join(place, 'model.yaml'), whole)
    const again = await run(['check', place, '--json'])
    expect([again.code, again.json['manifest']]).toEqual([
      0,
      expect.objectContaining({ release: expect.objectContaining({ compatibility: 'backward' }) }),
    ])
  }, 20_000)

  test('does not write over one, and names nothing that it cannot know', async () => {
    const place = await release('second-model', 'model: kept\nversion: 3.0.0\n')
    const refused = await run(['init', place, '--json'])
    expect([refused.code, refused.json['code']]).toEqual([1, 'usage'])
    const dry = await run(['init', place, '--dry-run'])
    expect([dry.code, dry.stdout]).toEqual([0, expect.stringMatching(/^model: kept\nversion: 3\.0\.0$/m)])
    expect((await run(['init', place, '--force'])).code).toBe(0)
    const odd = await release('No Name', '')
    await rm(join(odd, 'model.yaml'))
    expect((await run(['init', odd, '--json'])).json['detail']).toMatch(/does not say which model it is/)
    expect((await run(['init'])).stderr).toContain('sluice init ci')
  }, 20_000)
})
