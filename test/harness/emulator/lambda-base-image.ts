import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adapterImage } from '../containers/adapter-image.ts'
import { baseImage } from '../containers/base-image.ts'
import { debianBase } from '../containers/debian-base.ts'
import type { Engine } from '../containers/engine.ts'
import { runtimeInterfaceEmulator } from '../containers/runtime-interface-emulator.ts'

/** The images that the templates' Dockerfiles name, which cannot be pulled here. */
const named = {
  pythonBase: 'public.ecr.aws/docker/library/python:3.11-slim',
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
  const real = '/usr/local/lib/node'
  await behindEmulator(engine, await baseImage(engine), {
    ...{ name: named.base, program: '/usr/local/bin/node', real },
    start: `#!/bin/sh\n${underLambda(real)}\nexec ${real} "$@"\n`,
  })
}

/** Give an engine the base of the python runtime in the same way. A Python knows its environment by the name it has. */
export async function providePythonBase(engine: Engine): Promise<void> {
  const real = '/usr/lib/real-python'
  const debian = await debianBase(engine, ['python3', 'python3-venv', 'python-is-python3'])
  await behindEmulator(engine, debian, {
    ...{ name: named.pythonBase, program: '/usr/bin/python3.11', real },
    start: `#!/bin/bash\n${underLambda('"$0"')}\nexec -a "$0" ${real} "$@"\n`,
  })
}

interface Wrapped {
  /** Of the image that is made. */
  readonly name: string
  /** What is started, where it goes, and the script in its place. */
  readonly program: string
  readonly real: string
  readonly start: string
}

async function behindEmulator(
  engine: Engine,
  base: string,
  { name, program, real, start }: Wrapped,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-lambda-base-'))
  const emulator = '/usr/local/bin/aws-lambda-rie'
  const lines = [
    `FROM ${base}`,
    `COPY aws-lambda-rie ${emulator}`,
    `RUN mv ${program} ${real}`,
    `COPY start ${program}`,
    `RUN chmod 755 ${program} ${emulator}`,
  ]
  try {
    await copyFile(await runtimeInterfaceEmulator(), join(folder, 'aws-lambda-rie'))
    await writeFile(join(folder, 'start'), start)
    await writeFile(join(folder, 'Dockerfile'), `${lines.join('\n')}\n`)
    await engine.docker('build', '--quiet', '--tag', name, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function underLambda(program: string): string {
  const isFunction = '[ -n "$AWS_LAMBDA_FUNCTION_NAME" ] && [ -z "$AWS_LAMBDA_RUNTIME_API" ]'
  return `${isFunction} && exec /usr/local/bin/aws-lambda-rie ${program} "$@"`
}
