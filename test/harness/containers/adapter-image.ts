import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from './engine.ts'
import { madeOnce } from './made-once.ts'
import { run } from './run.ts'

/** The version that the templates name. */
export const adapterVersion = '0.9.1'

/**
 * Stands in for public.ecr.aws/awsguru/aws-lambda-adapter where nothing can be pulled: AWS Lambda Web Adapter, built of
 * its source on crates.io (once a checkout, about a minute), alone in an image.
 * @returns the image's name
 */
export async function adapterImage(engine: Engine): Promise<string> {
  const image = `sluice-test/lambda-adapter:${adapterVersion}`
  if ((await engine.docker('images', '--quiet', image)) !== '') return image
  const adapter = await adapterBinary()
  const folder = await mkdtemp(join(tmpdir(), 'sluice-adapter-'))
  try {
    await copyFile(adapter, join(folder, 'lambda-adapter'))
    await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY lambda-adapter /lambda-adapter\n')
    await engine.docker('build', '--quiet', '--tag', image, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return image
}

/** Built in a fraction of the time that its own settings take, which link it as a whole; no test is about its speed. */
const soon = {
  CARGO_PROFILE_RELEASE_LTO: 'off',
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
  CARGO_PROFILE_RELEASE_OPT_LEVEL: '1',
}

/** The adapter for this machine. @returns its path */
export async function adapterBinary(): Promise<string> {
  const made = await madeOnce(`lambda-web-adapter-${adapterVersion}`, async (folder) => {
    const target = join(folder, 'target')
    const version = ['--version', adapterVersion, '--locked']
    const places = ['--root', folder, '--target-dir', target]
    await run('cargo', ['install', 'lambda_web_adapter', ...version, ...places], soon)
    await rm(target, { recursive: true })
  })
  return join(made, 'bin', 'lambda-adapter')
}
