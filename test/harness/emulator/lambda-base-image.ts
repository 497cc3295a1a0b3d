import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adapterImage } from '../containers/adapter-image.ts'
import { baseImage } from '../containers/base-image.ts'
import type { Engine } from '../containers/engine.ts'
import { runtimeInterfaceEmulator } from '../containers/runtime-interface-emulator.ts'

/** The images that the template's Dockerfile names, which cannot be pulled here. */
const named = {
  base: 'public.ecr.aws/docker/library/node:24-slim',
  adapter: 'public.ecr.aws/awsguru/aws-lambda-adapter:0.9.1',
}

/**
 * Give an engine the two images that the template builds on, under the names by which it asks for them. Node starts
 * behind AWS's Runtime Interface Emulator wherever nobody else has brought a Runtime API: that is how AWS's own base
 * images for Lambda start, and how the emulator of AWS expects an image to.
 */
export async function provideBases(engine: Engine): Promise<void> {
  await engine.docker('tag', await adapterImage(engine), named.adapter)
  const folder = await mkdtemp(join(tmpdir(), 'sluice-lambda-base-'))
  try {
    await copyFile(await runtimeInterfaceEmulator(), join(folder, 'aws-lambda-rie'))
    await writeFile(join(folder, 'node'), start)
    await writeFile(join(folder, 'Dockerfile'), dockerfile(await baseImage(engine)))
    await engine.docker('build', '--quiet', '--tag', named.base, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const start = `#!/bin/sh
real=/usr/local/lib/node
[ -n "$AWS_LAMBDA_FUNCTION_NAME" ] && [ -z "$AWS_LAMBDA_RUNTIME_API" ] && exec /usr/local/bin/aws-lambda-rie $real "$@"
exec $real "$@"
`

function dockerfile(base: string): string {
  return `FROM ${base}
COPY aws-lambda-rie /usr/local/bin/aws-lambda-rie
RUN mv /usr/local/bin/node /usr/local/lib/node
COPY node /usr/local/bin/node
RUN chmod 755 /usr/local/bin/node /usr/local/bin/aws-lambda-rie
`
}
