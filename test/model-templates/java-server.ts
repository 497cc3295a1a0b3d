import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { JavaEnvironments, javaCommand } from '../../local/environments/java/java-environments.ts'
import { findJdk, javacOf } from '../../local/environments/java/jdk.ts'
import { type Home, homeAt } from '../../local/home.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..', '..')
export const javaTemplate = join(root, 'model-templates', 'java')
export const javaFiles = join(import.meta.dirname, 'java')

/** The JDK of this machine. Where there is none one line says so, and in CI it is an error. */
export const jdk = await findJdk(process.env).catch((error) => {
  if (process.env['CI'] !== undefined) throw error
  process.stderr.write(`the java runtime is not tested: ${error.message}\n`)
  return undefined
})

/** Make our server ready in a home. @returns how it is started there */
export async function javaServer(
  folder: string,
  memoryMb = 512,
): Promise<{ readonly home: Home; readonly command: readonly [string, ...string[]] }> {
  const home = homeAt(folder)
  const environments = new JavaEnvironments(home)
  for (;;) {
    const answer = await environments.ready()
    if ('name' in answer) {
      const { command, args } = javaCommand(home, answer.name, memoryMb)
      return { home, command: [command, ...args] }
    }
    await pause(20)
  }
}

/** A jar of sources, by their paths. @param omit classes that are left out of it @param options of the compiler */
export async function jarOf(
  jar: string,
  sources: Readonly<Record<string, string>>,
  { omit = [], options = [], files = {} }: JarOptions = {},
): Promise<void> {
  if (jdk === undefined) throw new Error('there is no JDK')
  const work = `${jar}-made`
  const classes = join(work, 'classes')
  await mkdir(classes, { recursive: true })
  const written = async (place: string, text: string) => {
    await mkdir(dirname(place), { recursive: true })
    await writeFile(place, text)
    return place
  }
  const paths: string[] = []
  for (const [path, text] of Object.entries(sources)) paths.push(await written(join(work, path), text))
  const api = join(javaTemplate, 'src')
  await run(javacOf(jdk), [
    '-nowarn',
    '-implicit:none',
    '-sourcepath',
    api,
    ...options,
    '-d',
    classes,
    ...paths,
  ])
  for (const name of omit) await rm(join(classes, `${name}.class`))
  for (const [path, text] of Object.entries(files)) await written(join(classes, path), text)
  await mkdir(dirname(jar), { recursive: true })
  await run(join(jdk.home, 'bin', 'jar'), ['--create', '--file', jar, '-C', classes, '.'])
  await rm(work, { recursive: true })
}

interface JarOptions {
  readonly omit?: readonly string[]
  readonly options?: readonly string[]
  readonly files?: Readonly<Record<string, string>>
}

/** The jar of the sources that lie in a folder beside the tests. */
export async function jarOfFolder(jar: string, name: string, options: JarOptions = {}): Promise<void> {
  const names = await readdir(join(javaFiles, name))
  const sources = await Promise.all(
    names.map(async (file) => [file, await readFile(join(javaFiles, name, file), 'utf8')] as const),
  )
  await jarOf(jar, Object.fromEntries(sources), options)
}
