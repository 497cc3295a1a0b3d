import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { RemovalPolicy } from 'aws-cdk-lib'
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda'
import { build, type Metafile } from 'esbuild'
import type { PlatformStackProps } from '../../lib/platform-stack.ts'
import { stepMetadata, stepNames } from '../../lib/wiring/handler-names.ts'
import {
  defaultTemplate,
  emptyApp,
  type FunctionProperties,
  platformStack,
  type Resource,
} from './synthesized.ts'

const repository = join(import.meta.dirname, '..', '..')

/** What esbuild knows of a bundle of these entries: what they export, and which files are in it. */
async function metafileOf(...entryPoints: string[]): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: repository,
    entryPoints,
    outdir: 'nowhere',
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    external: ['@aws-sdk/*'],
    logLevel: 'silent',
  })
  return metafile
}

/** The app of `cdk deploy`, bundled and validated in a process of its own while the other tests run. */
let folder: string
let deployed: Promise<{ stdout: string; stderr: string }>

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-assembly-'))
  const { CDK_VALIDATION: _, ...env } = process.env
  deployed = promisify(execFile)(process.execPath, ['bin/app.ts'], {
    cwd: repository,
    env: { ...env, CDK_OUTDIR: folder },
  })
  deployed.catch(() => {})
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const entries = [
  'steps',
  'router',
  'control',
  'intake',
  'upkeep',
  'sweeper',
  'monitoring',
  'shadow',
  'authorizer',
] as const

describe('the bundle of', () => {
  let metafile: Metafile

  beforeAll(async () => {
    metafile = await metafileOf(...entries.map((entry) => `lambdas/aws/${entry}.ts`))
  })

  const bundleOf = (entry: (typeof entries)[number]) => {
    const found = Object.values(metafile.outputs).find(
      ({ entryPoint }) => entryPoint === `lambdas/aws/${entry}.ts`,
    )
    if (found === undefined) throw new Error(`no bundle of ${entry}`)
    return found
  }

  test('steps exports a handler for every step, and nothing else', () => {
    expect(bundleOf('steps').exports.toSorted()).toEqual(Object.values(stepNames).flat().toSorted())
  })

  test('router, control and intake exports what the template calls', () => {
    expect(bundleOf('router').exports).toEqual(['handler'])
    expect(bundleOf('authorizer').exports).toEqual(['handler'])
    expect(bundleOf('shadow').exports).toEqual(['handler'])
    expect(bundleOf('control').exports).toEqual(['handler'])
    expect(bundleOf('intake').exports.toSorted()).toEqual(['created', 'listed'])
  })

  test.each(entries)('%s holds neither the other world nor anything that only builds or runs it', (entry) => {
    const foreign =
      /node_modules\/(?:aws-cdk-lib|constructs|@aws-sdk|aws-local-stepfunctions|onnxruntime-node|esbuild|commander|chokidar)\/|^(?:local|cli|bin|test)\/|^lib\/(?:constructs|platform-)/
    const files = Object.keys(bundleOf(entry).inputs)
    expect(files).toContain(`lambdas/aws/${entry}.ts`)
    expect(files.filter((file) => foreign.test(file))).toEqual([])
  })

  test('router holds no step: predictions need no control plane', () => {
    const files = Object.keys(bundleOf('router').inputs)
    expect(
      files.filter((file) =>
        /^lambdas\/(?:release|promotion|rollback|retirement|control|monitoring)\//.test(file),
      ),
    ).toEqual([])
  })
})

describe('the validator of CloudFormation templates', () => {
  const before = process.env['CDK_VALIDATION']

  beforeEach(() => {
    delete process.env['CDK_VALIDATION']
  })

  afterEach(() => {
    process.env['CDK_VALIDATION'] = before
  })

  const validated = (
    props: PlatformStackProps,
    change?: (stack: ReturnType<typeof platformStack>) => void,
  ) => {
    const app = emptyApp({ analyticsReporting: false })
    change?.(platformStack(props, app))
    if (change === undefined) platformStack(props, app)
    return reportIn(app.synth().directory)
  }

  // With the app as it is deployed, below: every value of every prop.
  const combinations: PlatformStackProps[] = [
    { platformName: 'team7', allowAnonymousInvoke: true },
    { removalPolicy: RemovalPolicy.DESTROY },
  ]

  test.each(combinations)('finds nothing wrong with a platform of %j', (props) => {
    expect(validated(props)).toEqual([])
  })

  test('would find something wrong', () => {
    const tooLong = (stack: ReturnType<typeof platformStack>) => {
      const router = stack.platform.api.router.node.defaultChild as CfnFunction
      router.addPropertyOverride('Timeout', 5000)
    }
    expect(() => validated({}, tooLong)).toThrow('5000 exceeds maximum 900')
  })
})

describe('the app as it is deployed', () => {
  let said: { stdout: string; stderr: string }

  beforeAll(async () => {
    said = await deployed
  }, 120_000)

  const resources = () =>
    (
      JSON.parse(readFileSync(join(folder, 'Sluice.template.json'), 'utf8')) as {
        Resources: Record<string, Resource<FunctionProperties>>
      }
    ).Resources

  const functions = () =>
    Object.entries(resources()).filter(([, { Type }]) => Type === 'AWS::Lambda::Function')

  const assetOf = ({ Properties }: Resource<FunctionProperties>) =>
    join(folder, `asset.${Properties.Code.S3Key?.replace('.zip', '')}`)

  test('has nothing that the validator of CloudFormation templates finds wrong', () => {
    expect(reportIn(folder)).toEqual([])
    expect(said.stderr).not.toMatch(/warning|error/i)
  })

  test('gives each function a bundle that exports its handler', async () => {
    const folders = [...new Set(functions().map(([, one]) => assetOf(one)))]
    const exported = new Map<string, readonly string[]>()
    for (const one of folders) {
      const { outputs } = await metafileOf(join(one, 'index.mjs'))
      exported.set(
        one,
        Object.values(outputs).find(({ entryPoint }) => entryPoint !== undefined)?.exports ?? [],
      )
    }
    expect(functions()).toHaveLength(Object.values(stepNames).flat().length + 8)
    for (const [id, one] of functions()) {
      const [file, handler = ''] = one.Properties.Handler.split('.')
      expect([id, file, exported.get(assetOf(one))]).toEqual([id, 'index', expect.arrayContaining([handler])])
      const step = one.Metadata?.[stepMetadata]
      if (step !== undefined) expect(handler).toBe(step)
    }
  }, 30_000)

  test('lets the router start without reading what makes endpoints on SageMaker', () => {
    const router = functions().find(([id]) => /Router/.test(id))?.[1]
    if (router === undefined) throw new Error('there is no router')
    const folder = assetOf(router)
    const textOf = (file: string) => readFileSync(join(folder, file), 'utf8')
    const read = new Set<string>()
    const open = ['index.mjs']
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (read.has(file)) continue
      read.add(file)
      open.push(...[...textOf(file).matchAll(/from"\.\/([\w-]+\.mjs)"/g)].map(([, name = '']) => name))
    }
    const clients = /com\.amazonaws\.(?:sagemaker|applicationautoscaling)/
    expect([...read].filter((file) => clients.test(textOf(file)))).toEqual([])
    const late = readdirSync(folder).filter((file) => file.endsWith('.mjs') && !read.has(file))
    expect(late.some((file) => clients.test(textOf(file)))).toBe(true)
  })

  test('makes one bundle an entry, with its map and without the source in it', () => {
    const folders = [...new Set(functions().map(([, one]) => assetOf(one)))]
    // IAM is asked who calls, unless a platform says otherwise: no function is.
    expect(folders).toHaveLength(entries.filter((entry) => entry !== 'authorizer').length)
    for (const one of folders) {
      expect(existsSync(join(one, 'index.mjs.map'))).toBe(true)
      expect(JSON.parse(readFileSync(join(one, 'index.mjs.map'), 'utf8'))).not.toHaveProperty(
        'sourcesContent',
      )
    }
  })

  test('is what the laptop reads its machines out of, but for the bundles', () => {
    const comparable = (all: Record<string, Resource>) =>
      Object.fromEntries(
        Object.entries(all).map(([id, { Type, Properties, Metadata }]) => {
          const { Code: _, ...properties } = Properties as Record<string, unknown>
          return [id, { Type, properties, step: Metadata?.[stepMetadata] }]
        }),
      )
    const unbundled = defaultTemplate().toJSON()['Resources'] as Record<string, Resource>
    const deployed = resources() as unknown as Record<string, Resource>
    // Only the CLI's own record of what was used is not there.
    const { CDKMetadata: _, ...rest } = deployed
    expect(comparable(rest)).toEqual(comparable(unbundled))
  })
})

/** What the validator wrote down; it writes nothing at all where it did not run. */
function reportIn(folder: string): unknown {
  const { pluginReports } = JSON.parse(readFileSync(join(folder, 'validation-report.json'), 'utf8')) as {
    pluginReports: unknown
  }
  return pluginReports
}
