import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PutObjectLockConfigurationCommand, S3Client } from '@aws-sdk/client-s3'
import { cdk, type Outputs, withOutputs } from '../harness/deployed/cdk.ts'
import { type Emulator, emulated } from '../harness/emulator/ministack.ts'

const root = join(import.meta.dirname, '..', '..')

/** Bootstrap and deploy, by the lines that the README gives. */
export function deployAsReadme(emulator: Emulator): Promise<Outputs> {
  return withOutputs(async (outputs) => {
    for (const line of await deployLines()) {
      const [npx, program, ...args] = line.replace('outputs.json', outputs).split(' ')
      if (npx !== 'npx' || program !== 'cdk') throw new Error(`the README's way to deploy has '${line}'`)
      await cdk(emulator.environment, 'bin/app.ts', ...args)
    }
  }).then(({ Sluice = {} }) => Sluice)
}

async function deployLines(): Promise<readonly string[]> {
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  const [, block = ''] = /```bash\n([\s\S]*?)```/.exec(readme) ?? []
  return block.trim().split('\n')
}

/** The template asks for a bucket whose objects can be locked, and the emulator's CloudFormation passes over it. */
export async function lockObjects({ endpoint }: Pick<Emulator, 'endpoint'>, Bucket: string): Promise<void> {
  const client = new S3Client({ ...emulated, endpoint, forcePathStyle: true })
  await client.send(
    new PutObjectLockConfigurationCommand({
      Bucket,
      ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' },
    }),
  )
  client.destroy()
}
