import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { unzipSync } from 'fflate'
import { pythonWith } from '../harness/emulator/python-with.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'

const root = join(import.meta.dirname, '..', '..')
const cfnLint = 'cfn-lint==1.58.0'
const inline = 51_200
const inBucket = 1_000_000

interface Resource {
  readonly Type: string
  readonly Properties: Readonly<Record<string, unknown>> & { readonly Handler?: string; readonly Code?: Code }
}

interface Code {
  readonly S3Bucket: unknown
  readonly S3Key: { readonly 'Fn::Join': readonly [string, readonly unknown[]] }
}

interface Template {
  readonly Resources: Readonly<Record<string, Resource>>
  readonly Parameters: Readonly<Record<string, unknown>>
  readonly Outputs: Readonly<Record<string, unknown>>
}

const folder = await temporaryFolder()
const out = join(folder, 'template')
let text = ''
let template: Template

/** `npm run template`, in an environment of its own. */
async function write(
  to: string,
  options: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const script = join(root, 'scripts', 'template.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--out', to, ...options], {
    env: { ...process.env, ...env },
  })
  return stdout
}

const contents = (of: string) =>
  Object.fromEntries(readdirSync(of).map((name) => [name, readFileSync(join(of, name)).toString('base64')]))

const functions = () =>
  Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function')

beforeAll(async () => {
  await write(out)
  text = readFileSync(join(out, 'sluice.template.json'), 'utf8')
  template = JSON.parse(text)
}, 120_000)

describe('the template without bootstrap', () => {
  test('is the same to the byte wherever and whenever it is written', async () => {
    const temporary = join(folder, 'some', 'where', 'else')
    mkdirSync(temporary, { recursive: true })
    await write(join(folder, 'again'), [], {
      TMPDIR: temporary,
      TZ: 'Pacific/Auckland',
      CDK_VALIDATION: 'true',
    })
    expect(contents(join(folder, 'again'))).toEqual(contents(out))
  })

  test('fits into a bucket, and not into a request', () => {
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(inBucket)
    expect(Buffer.byteLength(text)).toBeGreaterThan(inline)
  })

  test('asks for a bucket and a prefix, and for no bootstrapped account', () => {
    expect(Object.keys(template.Parameters)).toEqual(['AssetsBucket', 'AssetsPrefix'])
    expect(Object.keys(template).toSorted()).toEqual(['Outputs', 'Parameters', 'Resources'])
    expect(text).not.toMatch(/cdk-|hnb659fds|BootstrapVersion/)
  })

  test('names nothing of the machine that wrote it', () => {
    for (const [name, bytes] of Object.entries(contents(out))) {
      const files = name.endsWith('.zip') ? Object.values(unzipSync(Buffer.from(bytes, 'base64'))) : [text]
      for (const file of files) expect(Buffer.from(file).includes(folder)).toBe(false)
      for (const file of files) expect(Buffer.from(file).includes(root)).toBe(false)
    }
  })

  test('names roles by no name, so that CAPABILITY_IAM is enough', () => {
    const named = /^AWS::IAM::(?:Role|Policy|ManagedPolicy|User|Group|InstanceProfile)$/
    const names = Object.values(template.Resources).filter(
      ({ Type, Properties }) =>
        named.test(Type) &&
        Type !== 'AWS::IAM::Policy' &&
        JSON.stringify(Properties).match(/"(?:Role|ManagedPolicy|User|Group|InstanceProfile)Name"/),
    )
    expect(names).toEqual([])
  })

  test('takes from the bucket just what lies beside it: bundles with their handlers', () => {
    const wanted = [...text.matchAll(/[0-9a-f]{64}\.zip/g)].map(([name]) => name)
    const there = readdirSync(out).filter((name) => name.endsWith('.zip'))
    expect([...new Set(wanted)].toSorted()).toEqual(there.toSorted())
    expect(functions().length).toBeGreaterThan(25)
    for (const { Properties } of functions()) {
      const [, [prefix, name]] = Properties.Code?.S3Key['Fn::Join'] ?? ['', []]
      expect([Properties.Code?.S3Bucket, prefix]).toEqual([{ Ref: 'AssetsBucket' }, { Ref: 'AssetsPrefix' }])
      const [file, handler = ''] = Properties.Handler?.split('.') ?? []
      const bundle = unzipSync(readFileSync(join(out, String(name))))[`${file}.mjs`]
      expect(Buffer.from(bundle ?? []).toString()).toMatch(new RegExp(`export\\s?\\{[^}]*\\b${handler}\\b`))
    }
  })

  test('is the platform that the CDK deploys, but for where its files lie', async () => {
    const assembly = join(folder, 'cdk.out')
    await promisify(execFile)(process.execPath, [join(root, 'bin', 'app.ts')], {
      env: { ...process.env, CDK_OUTDIR: assembly },
    })
    const deployed = JSON.parse(readFileSync(join(assembly, 'Sluice.template.json'), 'utf8')) as Template
    expect(comparable(template)).toEqual(comparable(deployed))
    expect(template.Outputs).toEqual(deployed.Outputs)
  })

  test('is of the platform that was asked for', async () => {
    const other = join(folder, 'other')
    await write(other, ['--platform-name', 'team7', '--allow-anonymous-invoke'])
    const written = readFileSync(join(other, 'sluice.template.json'), 'utf8')
    expect(written).toContain('"SLUICE_PLATFORM": "team7"')
    expect(written).toContain('"AuthorizationType": "NONE"')
    const refused = await write(join(folder, 'none'), ['--platform-name', 'Team-7']).catch(
      ({ stderr }) => stderr,
    )
    expect(refused).toContain("platformName must be 2 to 12 of a-z and 0-9, a letter first, got: 'Team-7'")
  })

  test.each([
    [['--gateway', 'soap'], "--gateway must be http or rest, got: 'soap'"],
    [['--callers', 'all'], "--callers must be iam, keys or jwt, got: 'all'"],
    [['--callers', 'jwt', '--audience', 'a'], '--callers jwt needs --issuer and --audience'],
    [['--audience', 'a'], "--issuer and --audience belong to --callers jwt, got: --callers 'iam'"],
    [['--callers', 'jwt', '--issuer', 'http://x', '--audience', 'a'], 'issuer must be an https URL'],
  ])('is not written with %j', async (options, reason) => {
    const refused = await write(join(folder, 'none'), options).catch(({ stderr }) => stderr)
    expect(refused).toContain(reason)
  })
})

/** Resources without where their files lie: code, the source of builds, and the right to read it. */
function comparable({ Resources }: Template): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(Resources).flatMap(([id, { Type, Properties }]) => {
      if (Type === 'AWS::CDK::Metadata') return []
      const { Code: _, Source: _source, ...properties } = Properties
      return [[id, { Type, properties: /^ModelsImages\w*Role/.test(id) ? undefined : properties }]]
    }),
  )
}

describe('cfn-lint', () => {
  const lint = async (text: string) => {
    const python = await pythonWith('cfn-lint', [cfnLint])
    const place = join(folder, 'linted.template.json')
    writeFileSync(place, text)
    const args = ['-c', 'from cfnlint.runner import main; main()', '--format', 'json']
    // The library writes down dependencies that follow from references as well; nothing is wrong with that.
    args.push('--ignore-checks', 'W3005', '--regions', 'us-east-1', '--', place)
    const found = await promisify(execFile)(python, args, { maxBuffer: 2 ** 26 }).catch((failure) => failure)
    if (!String(found.stdout).startsWith('[')) throw found
    return (
      JSON.parse(found.stdout) as { Rule: { Id: string }; Location: { Path: unknown[] }; Message: string }[]
    ).map(({ Rule, Location, Message }) => `${Rule.Id} ${Location.Path.join('.')}: ${Message}`)
  }

  test('finds nothing wrong', async () => {
    expect(await lint(text)).toEqual([])
  }, 300_000)

  const jwt = ['--callers', 'jwt', '--issuer', 'https://login.example.com', '--audience', 'sluice']
  test.each([
    [['--gateway', 'rest', '--callers', 'keys'], 'AWS::ApiGateway::RestApi', 'keys'],
    [['--gateway', 'http', ...jwt], 'AWS::ApiGatewayV2::Api', 'jwt'],
    [['--gateway', 'rest', '--allow-anonymous-invoke'], 'AWS::ApiGateway::RestApi', 'iam'],
  ])(
    'finds nothing wrong with %j',
    async (options, gateway, callers) => {
      const to = join(folder, options.join('').replaceAll(/\W/g, ''))
      await write(to, options)
      const written = readFileSync(join(to, 'sluice.template.json'), 'utf8')
      const { Resources, Parameters, Outputs }: Template = JSON.parse(written)
      const types = Object.values(Resources).map(({ Type }) => Type)
      expect(types.filter((type) => /^AWS::ApiGateway(?:V2::Api|::RestApi)$/.test(type))).toEqual([gateway])
      expect(types.some((type) => /::Authorizer$/.test(type))).toBe(callers !== 'iam')
      expect(written).toContain(`"SLUICE_CALLERS": "${callers}"`)
      // The Terraform module knows one set of parameters and outputs, whatever was chosen.
      expect([Parameters, Object.keys(Outputs)]).toEqual([template.Parameters, Object.keys(template.Outputs)])
      expect(await lint(written)).toEqual([])
    },
    300_000,
  )

  test.each(['HTTP', 'REST'])(
    'finds nothing wrong with what the CDK deploys, behind %s',
    async (gateway) => {
      const assembly = join(folder, gateway)
      const app = `
      import { App } from 'aws-cdk-lib'
      import flags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' }
      import { Callers, Gateway, PlatformStack } from './lib/index.ts'
      const app = new App({ analyticsReporting: false, context: { ...flags, 'aws:cdk:bundling-stacks': [] } })
      new PlatformStack(app, 'Sluice', { gateway: Gateway.${gateway}, callers: Callers.apiKeys() })
      app.synth()`
      await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', app], {
        cwd: root,
        env: { ...process.env, CDK_OUTDIR: assembly },
      })
      expect(await lint(readFileSync(join(assembly, 'Sluice.template.json'), 'utf8'))).toEqual([])
    },
    300_000,
  )

  test('would find something wrong', async () => {
    const found = await lint(text.replace(/"Timeout": \d+/, '"Timeout": 5000'))
    expect(found.join('\n')).toMatch(/^E.*Timeout.*900/)
  }, 300_000)
})
