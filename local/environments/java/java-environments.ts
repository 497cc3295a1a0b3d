import { randomUUID } from 'node:crypto'
import { access, mkdir, readdir, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Building } from '../../../lambdas/ports.ts'
import { sha256Hex } from '../../../lib/rules/digest.ts'
import { Problem } from '../../../lib/rules/problem.ts'
import { withoutPlaces } from '../../../lib/rules/server-log.ts'
import type { Home } from '../../home.ts'
import { draftPrefix, removeOwnDrafts, unless } from '../../on-disk.ts'
import { hashOfTemplate } from '../../template-hash.ts'
import type { Environment, EnvironmentMaker } from '../environment-maker.ts'
import { Makings } from '../makings.ts'
import { runToEnd } from '../python/run-to-end.ts'
import { findJdk, type Jdk, javacOf, javaOf } from './jdk.ts'

const template = join(import.meta.dirname, '..', '..', '..', 'model-templates', 'java')
const jarFile = 'server.jar'
const archiveFile = 'server.jsa'
/** Whatever language the machine speaks. */
const compiling = ['-encoding', 'UTF-8', '-nowarn', '-XDignore.symbol.file']
const mainClass = 'sluice.serving.Serve'

/** The part of what a version may take that is the heap; the rest is code, threads and buffers. */
const heapShare = 0.65

/** How the server runs in an environment. @param memoryMb the most that it may take in all, in MiB */
export function javaCommand(
  { environments }: Pick<Home, 'environments'>,
  environment: string,
  memoryMb: number,
): { readonly command: string; readonly args: readonly string[] } {
  const place = join(environments, 'java', environment)
  return {
    command: join(place, 'java'),
    args: [
      `@${join(template, 'jvm.options')}`,
      `-Xmx${Math.floor(memoryMb * heapShare)}m`,
      // Where it is missing, or of another Java, the start takes longer.
      `-XX:SharedArchiveFile=${join(place, archiveFile)}`,
      ...['-cp', join(place, jarFile), mainClass],
    ],
  }
}

/**
 * What versions of the java runtime run in: our server, compiled once for a JDK, and the classes of it and of the JDK as
 * they lie in memory (class data sharing), which takes a sixth off the work of a start. What a version needs lies in its artifact, in `lib/`.
 */
export class JavaEnvironments implements EnvironmentMaker {
  readonly #root: string
  readonly #env: NodeJS.ProcessEnv
  readonly #stopping = new AbortController()
  readonly #makings = new Makings()
  #swept: Promise<void> | undefined
  #jdk: Promise<Jdk> | undefined

  /** @param env the variables that say where a JDK is */
  constructor(home: Home, env: NodeJS.ProcessEnv = process.env) {
    this.#root = join(home.environments, 'java')
    this.#env = env
  }

  /** As `EnvironmentMaker.ready`; every version runs in the same. @throws Problem `java-missing`, `environment-failed` */
  async ready(): Promise<Environment | Building> {
    const known = this.#makings.take('')
    if (known !== undefined) return known
    const jdk = await this.#found()
    const name = sha256Hex(`${await hashOfTemplate(template)}\n${jdk.version}`)
    // The last thing that is made.
    if (await isThere(join(this.#root, name, archiveFile))) return { name }
    const text = `compiling the server for Java ${Number.parseInt(jdk.version, 10)}`
    return this.#makings.begin('', text, (tell) => this.#make(name, jdk, tell))
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#makings.over()
  }

  #found(): Promise<Jdk> {
    this.#jdk ??= findJdk(this.#env).catch((error) => {
      this.#jdk = undefined
      throw error
    })
    return this.#jdk
  }

  async #make(name: string, jdk: Jdk, tell: (text: string) => void): Promise<Environment> {
    await mkdir(this.#root, { recursive: true })
    this.#swept ??= removeOwnDrafts(this.#root)
    await this.#swept
    const [place, draft] = [join(this.#root, name), join(this.#root, `${draftPrefix}${randomUUID()}`)]
    try {
      if (!(await isThere(join(place, jarFile)))) {
        await this.#compile(jdk, draft)
        await rename(place, `${draft}-gone`).catch(unless('ENOENT'))
        await rename(draft, place)
      }
      tell('making the start of the server fast')
      await this.#archive(place)
    } finally {
      await rm(draft, { recursive: true, force: true })
      await rm(`${draft}-gone`, { recursive: true, force: true })
    }
    return { name }
  }

  async #compile(jdk: Jdk, draft: string): Promise<void> {
    const classes = join(draft, 'classes')
    await mkdir(classes, { recursive: true })
    const sources = (await readdir(join(template, 'src'), { recursive: true, withFileTypes: true }))
      .filter((file) => file.isFile() && file.name.endsWith('.java'))
      .map((file) => join(file.parentPath, file.name))
    await this.#run(javacOf(jdk), [...compiling, '-d', classes, ...sources])
    await this.#run(join(jdk.home, 'bin', 'jar'), [
      '--create',
      '--file',
      join(draft, jarFile),
      '-C',
      classes,
      '.',
    ])
    await rm(classes, { recursive: true })
    await symlink(javaOf(jdk), join(draft, 'java'))
  }

  /** It holds for this jar in this place only, so it is made where the jar stays. */
  async #archive(place: string): Promise<void> {
    const draft = join(place, `${draftPrefix}${archiveFile}`)
    await this.#run(join(place, 'java'), [
      `@${join(template, 'jvm.options')}`,
      `-XX:ArchiveClassesAtExit=${draft}`,
      ...['-cp', join(place, jarFile), 'sluice.serving.Rehearsal'],
    ])
    await rename(draft, join(place, archiveFile))
  }

  async #run(command: string, args: readonly string[]): Promise<void> {
    const ended = await runToEnd(command, args, { env: this.#env, signal: this.#stopping.signal })
    if (ended?.ok === true) return
    const said = `${ended?.stderr ?? ''}\n${ended?.stdout ?? ''}`
    if (/No space left on device/.test(said))
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
    const [reason = 'it gave no reason'] = said.split('\n').filter((line) => line.trim() !== '')
    throw new Problem(
      'environment-failed',
      `the server of the java runtime could not be made with the JDK that was found: ${withoutPlaces(reason)}`,
    )
  }
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
