import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import { makeApp, packed, runIn } from './app-elsewhere.ts'

const repository = join(import.meta.dirname, '..', '..')
const folder = await temporaryFolder()
const app = join(folder, 'app')
const installed = join(app, 'node_modules', 'sluice')
let tarball = ''

const read = (...place: string[]) => readFileSync(join(...place), 'utf8')

beforeAll(async () => {
  tarball = await packed(folder)
  await makeApp(app)
  await runIn(app, 'npm', 'install', '--no-audit', '--no-fund', tarball)
}, 400_000)

describe('what is packed', () => {
  test('is less than a megabyte and a half, and nothing that only the repository needs', async () => {
    expect(statSync(tarball).size).toBeLessThan(1.5 * (1 << 20))
    const paths = (await runIn(folder, 'tar', 'tzf', tarball))
      .split('\n')
      .map((path) => path.replace('package/', ''))
    const roots = new Set(paths.map((path) => path.split('/')[0] ?? ''))
    expect([...roots].toSorted()).toEqual([
      'LICENSE',
      'README.md',
      'dist',
      'docs',
      'package.json',
      'terraform',
    ])
    const foreign = /(?:^|\/)(?:test|bench|scripts|node_modules|__pycache__)\/|(?<!\.d)\.ts$/
    expect(paths.filter((path) => foreign.test(path))).toEqual([])
  })

  test('has all files of the templates and of the sample', () => {
    for (const carried of ['model-templates', 'examples/iris']) {
      const here = globSync(`${carried}/**/*`, { cwd: repository }).filter(
        (path) => !/__pycache__|node_modules/.test(path),
      )
      expect(globSync(`${carried}/**/*`, { cwd: join(installed, 'dist') }).toSorted()).toEqual(
        here.toSorted(),
      )
    }
  })

  test('brings no Node along, may be published, and installs where CUDA cannot be had', () => {
    const manifest = JSON.parse(read(installed, 'package.json'))
    expect(manifest).not.toHaveProperty('private')
    expect(manifest).not.toHaveProperty('scripts')
    expect(Object.keys(manifest.optionalDependencies)).toEqual(['onnxruntime-node'])
    expect(Object.keys(manifest.dependencies)).not.toContain('onnxruntime-node')
    expect(Object.keys(manifest.peerDependencies).toSorted()).toEqual(['aws-cdk-lib', 'constructs'])
  })
})

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: Properties }>>
}

interface Properties {
  readonly Handler?: string
  readonly Code?: { readonly S3Key?: string }
}

const templateIn = (out: string) => JSON.parse(read(out, 'AppStack.template.json')) as Template

/** A template's resources without the names of assets, which differ where code was compiled, and the CLI's notes. */
function comparable(template: Template): Readonly<Record<string, unknown>> {
  const text = JSON.stringify(template.Resources, (key, value) =>
    /^aws:(?:cdk|asset):/.test(key) ? undefined : value,
  )
  const { CDKMetadata: _, ...resources } = JSON.parse(
    text.replaceAll(/[0-9a-f]{64}(?=\.zip)/g, 'asset'),
  ) as Record<string, { Metadata?: object }>
  return Object.fromEntries(
    Object.entries(resources).map(([id, { Metadata, ...rest }]) => [
      id,
      { ...rest, ...(Metadata !== undefined && Object.keys(Metadata).length > 0 && { Metadata }) },
    ]),
  )
}

describe('installed in an app elsewhere', () => {
  const out = join(app, 'cdk.out')
  let fromSource: Template

  beforeAll(async () => {
    // What the repository's own source makes of the same app, by the same feature flags.
    const context = JSON.parse(read(app, 'cdk.json')).context
    const place = join(repository, 'test', 'package', `source-app-${process.pid}.ts`)
    const sourceOut = join(folder, 'source.out')
    writeFileSync(
      place,
      `import { App, Stack } from 'aws-cdk-lib'
import { ModelPlatform } from '../../lib/index.ts'

const app = new App({ outdir: ${JSON.stringify(sourceOut)}, context: ${JSON.stringify(context)} })
new ModelPlatform(new Stack(app, 'AppStack'), 'Models')
app.synth()
`,
    )
    try {
      await runIn(repository, process.execPath, place)
    } finally {
      await runIn(repository, 'rm', place)
    }
    fromSource = templateIn(sourceOut)
    await runIn(app, 'npx', 'cdk', 'synth', '--quiet')
  }, 240_000)

  test('`npx cdk synth` makes the template that the source makes', () => {
    const resources = comparable(templateIn(out))
    expect(Object.keys(resources).length).toBeGreaterThan(100)
    expect(resources).toEqual(comparable(fromSource))
  })

  test('the bundles hold the handlers that the template names', async () => {
    const functions = Object.values(templateIn(out).Resources).flatMap(({ Type, Properties }) =>
      Type === 'AWS::Lambda::Function' ? [Properties] : [],
    )
    expect(functions.length).toBeGreaterThan(25)
    const exported = new Map<string, readonly string[]>()
    for (const { Handler = '', Code } of functions) {
      const place = join(out, `asset.${Code?.S3Key?.replace('.zip', '')}`, 'index.mjs')
      const [file, handler = ''] = Handler.split('.')
      if (!exported.has(place)) exported.set(place, await exportsOf(place))
      expect([file, exported.get(place)]).toEqual(['index', expect.arrayContaining([handler])])
    }
  })

  test('the validator of CloudFormation templates finds nothing', () => {
    expect(JSON.parse(read(out, 'validation-report.json')).pluginReports).toEqual([])
  })

  test('its declarations compile strictly, with the library itself checked', async () => {
    await runIn(app, 'npx', 'tsc', '--noEmit', '--strict', '--skipLibCheck', 'false')
    writeFileSync(
      join(app, 'wrong.ts'),
      "import { ModelPlatform } from 'sluice';\nexport const p: typeof ModelPlatform = 1;\n",
    )
    const wrong = await runIn(app, 'npx', 'tsc', '--noEmit').catch(({ message }) => message)
    await runIn(app, 'rm', 'wrong.ts')
    expect(wrong).toContain('wrong.ts')
  })

  test('an app in plain JavaScript makes the same template', async () => {
    const plain = join(folder, 'plain.out')
    await runIn(
      app,
      'npx',
      'cdk',
      'synth',
      '--quiet',
      '--app',
      'node --no-experimental-require-module plain.js',
      '--output',
      plain,
    )
    expect(comparable(templateIn(plain))).toEqual(comparable(templateIn(out)))
  })

  test('the jest that `cdk init` sets up can test a stack with it', async () => {
    await runIn(app, 'npx', 'jest')
  })
})

/** `npx sluice up` elsewhere. @returns the line that it offers to try, and how to stop it */
async function sluiceUp(home: string) {
  const command = join(app, 'node_modules', '.bin', 'sluice')
  const child = spawn(process.execPath, [command, 'up', '--port', '0', '--home', home], {
    cwd: app,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line))
  const lines = createInterface({ input: child.stdout })
  return {
    said,
    child,
    firstLine: once(lines, 'line').then(([line]) => String(line)),
    stop: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

describe('`npx sluice up` elsewhere', () => {
  test('shows the console that was built into the package', async () => {
    const { firstLine, stop } = await sluiceUp(join(folder, 'shown'))
    try {
      const [url = ''] = /http:\/\/localhost:\d+/.exec(await firstLine) ?? []
      for (const [path, type] of [
        ['/console/', 'text/html'],
        ['/console/console.js', 'text/javascript'],
        ['/console/console.css', 'text/css'],
      ]) {
        const response = await fetch(`${url}${path}`)
        expect([response.status, response.headers.get('content-type')]).toEqual([
          200,
          `${type}; charset=utf-8`,
        ])
      }
    } finally {
      await stop()
    }
  })

  test('answers a prediction, with machines that it synthesized from what is installed', async () => {
    const home = join(folder, 'home')
    const { firstLine, stop } = await sluiceUp(home)
    try {
      const answer = JSON.parse(await runIn(app, 'bash', '-c', await firstLine))
      expect(answer.predictions).toEqual([expect.objectContaining({ species: 'setosa' })])
    } finally {
      await stop()
    }
    expect(globSync('**/machines-*.json', { cwd: home })).toHaveLength(1)
  })

  test('says what to install where the ONNX runtime was left out', async () => {
    await runIn(app, 'mv', 'node_modules/onnxruntime-node', 'node_modules/.left-out')
    const { said, stop } = await sluiceUp(join(folder, 'other-home'))
    try {
      for (
        let waited = 0;
        waited < 600 && !said.some((line) => line.includes('could not be started'));
        waited += 1
      )
        await new Promise((done) => setTimeout(done, 50))
      expect(said.join('\n')).toContain(
        'run `npm install onnxruntime-node` with ONNXRUNTIME_NODE_INSTALL=skip',
      )
    } finally {
      await stop()
      await runIn(app, 'mv', 'node_modules/.left-out', 'node_modules/onnxruntime-node')
    }
  })
})

/** What a bundle exports: asked of a process of its own, since an entry wants its environment. */
async function exportsOf(place: string): Promise<readonly string[]> {
  const { build } = await import('esbuild')
  const { metafile } = await build({
    entryPoints: [place],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    outdir: 'nowhere',
    external: ['@aws-sdk/*'],
    logLevel: 'silent',
  })
  return Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint !== undefined)?.exports ?? []
}
