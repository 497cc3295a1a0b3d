import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PutObjectLockConfigurationCommand, S3Client } from '@aws-sdk/client-s3'
import { run } from '../harness/containers/run.ts'
import { type Emulator, emulated } from '../harness/emulator/ministack.ts'

const root = join(import.meta.dirname, '..', '..')

/** What a stack puts out. */
export type Outputs = Readonly<Record<string, string>>

/** Bootstrap and deploy, by the lines that the README gives. */
export function deployAsReadme(emulator: Emulator): Promise<Outputs> {
  return withOutputs(async (outputs) => {
    for (const line of await deployLines()) {
      const [npx, program, ...args] = line.replace('outputs.json', outputs).split(' ')
      if (npx !== 'npx' || program !== 'cdk') throw new Error(`the README's way to deploy has '${line}'`)
      await cdk(emulator, 'bin/app.ts', ...args)
    }
  }).then(({ Sluice = {} }) => Sluice)
}

/** Deploy every stack of an app of the tests into an account that is bootstrapped. */
export function deployAll(emulator: Emulator, app: string): Promise<Readonly<Record<string, Outputs>>> {
  return withOutputs((outputs) =>
    cdk(emulator, app, 'deploy', '--all', '--require-approval', 'never', '--outputs-file', outputs),
  )
}

async function withOutputs(
  deploy: (file: string) => Promise<unknown>,
): Promise<Readonly<Record<string, Outputs>>> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-deploy-'))
  const file = join(folder, 'outputs.json')
  try {
    await deploy(file)
    return JSON.parse(await readFile(file, 'utf8'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function deployLines(): Promise<readonly string[]> {
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  const [, block = ''] = /```bash\n([\s\S]*?)```/.exec(readme) ?? []
  return block.trim().split('\n')
}

/** The CDK's own command line over an app, as cdk.json has it. */
export async function cdk(emulator: Emulator, app: string, ...args: readonly string[]): Promise<string> {
  const output = await mkdtemp(join(tmpdir(), 'sluice-cdk-'))
  const program = join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk')
  const path = `${dirname(process.execPath)}:${process.env['PATH']}`
  try {
    return await run(
      process.execPath,
      [program, ...args, '--app', `node ${join(root, app)}`, '--output', output],
      { ...emulator.environment, PATH: path, CI: 'true' },
    )
  } finally {
    await rm(output, { recursive: true, force: true })
  }
}

/** The template asks for a bucket whose objects can be locked, and the emulator's CloudFormation passes over it. */
export async function lockObjects({ endpoint }: Emulator, Bucket: string): Promise<void> {
  const client = new S3Client({ ...emulated, endpoint, forcePathStyle: true })
  await client.send(
    new PutObjectLockConfigurationCommand({
      Bucket,
      ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' },
    }),
  )
  client.destroy()
}
