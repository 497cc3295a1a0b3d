import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { run } from '../containers/run.ts'

const root = join(import.meta.dirname, '..', '..', '..')

/** What a stack puts out. */
export type Outputs = Readonly<Record<string, string>>

type Environment = Readonly<Record<string, string>>

/** Deploy every stack of an app of the tests into an account that is bootstrapped. */
export function deployAll(environment: Environment, app: string): Promise<Readonly<Record<string, Outputs>>> {
  return withOutputs((outputs) =>
    cdk(environment, app, 'deploy', '--all', '--require-approval', 'never', '--outputs-file', outputs),
  )
}

/** @param deploy is handed the file that it has its stacks' outputs written to */
export async function withOutputs(
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

/** The CDK's own command line over an app, as cdk.json has it. */
export async function cdk(
  environment: Environment,
  app: string,
  ...args: readonly string[]
): Promise<string> {
  const output = await mkdtemp(join(tmpdir(), 'sluice-cdk-'))
  const program = join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk')
  const path = `${dirname(process.execPath)}:${process.env['PATH']}`
  try {
    return await run(
      process.execPath,
      [program, ...args, '--app', `node ${join(root, app)}`, '--output', output],
      { ...environment, PATH: path, CI: 'true' },
    )
  } finally {
    await rm(output, { recursive: true, force: true })
  }
}
