import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adapterImage } from '../containers/adapter-image.ts'
import { baseImage } from '../containers/base-image.ts'
import { debianBase } from '../containers/debian-base.ts'
import type { Engine } from '../containers/engine.ts'
import { runtimeInterfaceEmulator } from '../containers/runtime-interface-emulator.ts'

const templates = join(import.meta.dirname, '..', '..', '..', 'model-templates')

/** The languages of three runtimes on one Debian. What R's own Dockerfile would install of them is there already. */
const languages = [
  ...['python3', 'python3-venv', 'python-is-python3'],
  ...['r-base-core', 'r-cran-httpuv', 'r-cran-jsonlite'],
  'openjdk-17-jdk-headless',
]

/**
 * Give an engine the images that the templates of onnx and node build on, under the names by which they ask for them.
 * Node starts behind AWS's Runtime Interface Emulator wherever nobody else has brought a Runtime API: that is how AWS's
 * own base images for Lambda start, and how the emulator of AWS expects an image to.
 */
export async function provideBases(engine: Engine): Promise<void> {
  const { BASE_IMAGE = '', ADAPTER_IMAGE = '' } = await namedBy('onnx')
  await engine.docker('tag', await adapterImage(engine), ADAPTER_IMAGE)
  await behindEmulator(engine, await baseImage(engine), {
    names: [BASE_IMAGE],
    starts: { '/usr/local/sbin/node': startOf('/usr/local/bin/node') },
  })
}

/** Give an engine the bases of python, r and java in the same way: one image, under all their names. */
export async function provideDebianBases(engine: Engine): Promise<void> {
  const named = await Promise.all(['python', 'r', 'java'].map(namedBy))
  const names = named.flatMap(({ ADAPTER_IMAGE, ...bases }) => Object.values(bases))
  const [python, real] = ['/usr/bin/python3.11', '/usr/bin/real-python']
  await behindEmulator(engine, await debianBase(engine, languages), {
    names,
    starts: {
      '/usr/local/sbin/java': startOf('/usr/bin/java'),
      // R is started by a shell.
      '/usr/local/sbin/sh': startOf('/bin/sh'),
      // An environment names its Python by this path, and a Python knows its environment by the name it has.
      [python]: `#!/bin/bash\n${underLambda('"$0"')}\nexec -a "$0" ${real} "$@"\n`,
    },
    first: `mv ${python} ${real}`,
  })
}

/** What is found before a program of the same name on the PATH, and starts that. */
function startOf(program: string): string {
  return `#!/bin/sh\n${underLambda(program)}\nexec ${program} "$@"\n`
}

/** What a template's Dockerfile names, which cannot be pulled here, by its arguments. */
async function namedBy(runtime: string): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(join(templates, runtime, 'Dockerfile'), 'utf8')
  const named = [...text.matchAll(/^ARG (\w+_IMAGE)=(\S+)$/gm)]
  return Object.fromEntries(named.map(([, argument = '', image = '']) => [argument, image]))
}

interface Wrapped {
  /** Of the image that is made. */
  readonly names: readonly string[]
  /** Scripts by the paths where they stand. */
  readonly starts: Readonly<Record<string, string>>
  /** A command that makes room for them. */
  readonly first?: string
}

async function behindEmulator(
  engine: Engine,
  base: string,
  { names, starts, first }: Wrapped,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-lambda-base-'))
  try {
    const lines = [`FROM ${base}`, ...(first === undefined ? [] : [`RUN ${first}`])]
    await copyFile(await runtimeInterfaceEmulator(), join(folder, 'aws-lambda-rie'))
    await chmod(join(folder, 'aws-lambda-rie'), 0o755)
    lines.push('COPY aws-lambda-rie /usr/local/bin/')
    for (const [i, [path, start]] of Object.entries(starts).entries()) {
      await writeFile(join(folder, `start-${i}`), start, { mode: 0o755 })
      lines.push(`COPY start-${i} ${path}`)
    }
    await writeFile(join(folder, 'Dockerfile'), `${lines.join('\n')}\n`)
    await engine.docker('build', '--quiet', ...names.flatMap((name) => ['--tag', name]), folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function underLambda(program: string): string {
  const isFunction = '[ -n "$AWS_LAMBDA_FUNCTION_NAME" ] && [ -z "$AWS_LAMBDA_RUNTIME_API" ]'
  return `${isFunction} && exec /usr/local/bin/aws-lambda-rie ${program} "$@"`
}
