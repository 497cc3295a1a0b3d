/**
 * `npm run template -- [--platform-name NAME] [--gateway http|rest] [--callers iam|keys|jwt] [--issuer URL --audience AUDIENCE]
 * [--allow-anonymous-invoke] [--out FOLDER]` writes the platform as a CloudFormation template for people without the CDK:
 * a template, and beside it the files that it takes from a bucket. The same source gives the same bytes.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { App } from 'aws-cdk-lib'
import flags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' }
import { type Zippable, zipSync } from 'fflate'
import { Callers } from '../lib/constructs/gateways/callers.ts'
import { Gateway } from '../lib/constructs/gateways/gateway.ts'
import { PlatformStack, type PlatformStackProps } from '../lib/platform-stack.ts'
import { ParameterAssets } from './parameter-assets.ts'

/** CloudFormation takes a template of this many bytes from a bucket; in the request itself only 51,200. */
const mostBytes = 1_000_000

const assetName = /^[0-9a-f]{64}\.zip$/

/** The platform's template, and by the name that it knows them by the zip files it takes from a bucket. */
export interface StandaloneTemplate {
  readonly template: string
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** @throws Error where the template is too large for CloudFormation */
export function standaloneTemplate(props: PlatformStackProps): StandaloneTemplate {
  const outdir = mkdtempSync(join(tmpdir(), 'sluice-template-'))
  try {
    const app = new App({
      outdir,
      analyticsReporting: false,
      // Paths and assets are the CLI's notes to itself.
      context: { ...flags, 'aws:cdk:enable-path-metadata': false, 'aws:cdk:enable-asset-metadata': false },
    })
    const synthesizer = new ParameterAssets()
    new PlatformStack(app, 'Sluice', { ...props, synthesizer })
    const template = `${JSON.stringify(app.synth().getStackByName('Sluice').template, null, 1)}\n`
    const bytes = Buffer.byteLength(template)
    if (bytes > mostBytes)
      throw new Error(`the template has ${bytes} bytes, and CloudFormation takes at most ${mostBytes}`)
    const files = [...synthesizer.assets].map(([name, path]) => [name, zipped(join(outdir, path))] as const)
    return { template, files: new Map(files) }
  } finally {
    rmSync(outdir, { recursive: true })
  }
}

/** A folder as a zip file that says nothing of when and by whom it was made. */
function zipped(folder: string): Uint8Array {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted()
  const entries: Zippable = {}
  for (const path of paths) {
    // Of the owner's rights the right to execute alone is kept, as git does.
    const mode = statSync(join(folder, path)).mode & 0o100 ? 0o100755 : 0o100644
    entries[path.replaceAll('\\', '/')] = [
      readFileSync(join(folder, path)),
      { attrs: (mode << 16) >>> 0, os: 3 },
    ]
  }
  return zipSync(entries, { level: 9, mtime: new Date(1980, 0, 1) })
}

function gatewayOf(asked: string): Gateway {
  if (asked === 'http') return Gateway.HTTP
  if (asked === 'rest') return Gateway.REST
  throw new Error(`--gateway must be http or rest, got: '${asked}'`)
}

interface Tokens {
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
}

function callersOf(asked: string, { issuer, audience }: Tokens): Callers {
  if (asked === 'jwt') {
    if (issuer === undefined || audience === undefined)
      throw new Error('--callers jwt needs --issuer and --audience, which its tokens are held to')
    return Callers.jwt({ issuer, audience })
  }
  if (issuer !== undefined || audience !== undefined)
    throw new Error(`--issuer and --audience belong to --callers jwt, got: --callers '${asked}'`)
  if (asked === 'iam') return Callers.iam()
  if (asked === 'keys') return Callers.apiKeys()
  throw new Error(`--callers must be iam, keys or jwt, got: '${asked}'`)
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      'platform-name': { type: 'string' },
      gateway: { type: 'string', default: 'http' },
      callers: { type: 'string', default: 'iam' },
      issuer: { type: 'string' },
      audience: { type: 'string' },
      'allow-anonymous-invoke': { type: 'boolean' },
      out: { type: 'string', default: 'template.out' },
    },
  })
  const { template, files } = standaloneTemplate({
    ...(values['platform-name'] !== undefined && { platformName: values['platform-name'] }),
    gateway: gatewayOf(values.gateway),
    callers: callersOf(values.callers, values),
    ...(values['allow-anonymous-invoke'] && { allowAnonymousInvoke: true }),
  })
  mkdirSync(values.out, { recursive: true })
  // What an older source left is not copied along.
  for (const name of readdirSync(values.out)) if (assetName.test(name)) rmSync(join(values.out, name))
  writeFileSync(join(values.out, 'sluice.template.json'), template)
  for (const [name, bytes] of files) writeFileSync(join(values.out, name), bytes)
  const sizes = [...files.values()].reduce((sum, { length }) => sum + length, 0)
  console.log(`${values.out}/sluice.template.json: ${Buffer.byteLength(template)} bytes`)
  console.log(`${values.out}/*.zip: ${files.size} files, ${sizes} bytes`)
}
