import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, copyFile, mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Building, PackInput } from '../../lambdas/ports.ts'
import { stepInLine, unbuilt } from '../../lib/rules/container/build-output.ts'
import { canonicalJson, sha256Hex } from '../../lib/rules/digest.ts'
import { resourceName } from '../../lib/rules/names.ts'
import { Problem, shown } from '../../lib/rules/problem.ts'
import { withoutPlaces } from '../../lib/rules/server-log.ts'
import type { FolderStore } from '../folder-store.ts'
import { type Home, laptopPlatform } from '../home.ts'
import { VersionLog } from '../hosting/version-log.ts'
import { draftPrefix } from '../on-disk.ts'
import { docker, dockersWords } from './docker.ts'
import { type Engine, findEngine } from './engine.ts'
import { homeWord } from './home-word.ts'

/** An image in the Docker engine, pinned: others may move its tag, and this version stays with these bytes. */
export interface PinnedImage {
  /** `sha256:` and 64 hex digits. */
  readonly id: string
  /** The name that keeps the engine from tidying it away. */
  readonly name: string
  /** Where the image itself does not say what to start: what SageMaker would have it start. */
  readonly startCommand?: readonly string[]
}

interface Making {
  /** What is being done, for people. */
  doing: string
  outcome?: PinnedImage | { readonly error: unknown }
}

const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy']
/** More of what a build writes is not kept. */
const mostLogged = 5000

/** The images of container versions: built of their Dockerfile, or found or pulled by the name in their manifest. */
export class ContainerImages {
  readonly #home: Home
  readonly #store: FolderStore
  readonly #making = new Map<string, Making>()
  readonly #stopping = new AbortController()

  constructor(home: Home, store: FolderStore) {
    this.#home = home
    this.#store = store
  }

  /**
   * The image of a version, or what is being done to make it. The making goes on by itself; an error of it is thrown
   * once, by the next call, and the call after that begins anew.
   * @throws Problem `docker-missing`, `image-build-failed`, `image-unavailable`
   */
  async ready(input: PackInput): Promise<PinnedImage | Building> {
    const name = this.#nameOf(input)
    const known = this.#making.get(name)
    if (known?.outcome !== undefined) {
      this.#making.delete(name)
      if ('error' in known.outcome) throw known.outcome.error
      return known.outcome
    }
    if (known !== undefined) return { building: known.doing }
    const engine = await findEngine()
    const pinned = await pinnedAs(name)
    if (pinned !== undefined) return pinned
    const making: Making = { doing: doingFirst(input) }
    this.#making.set(name, making)
    void this.#make(input, name, engine, making).then(
      (made) => {
        making.outcome = made
      },
      (error: unknown) => {
        making.outcome = { error }
      },
    )
    return { building: making.doing }
  }

  /** Let the engine tidy an image away. One that is not there, or an engine that is not, is as good. */
  async forget(name: string): Promise<void> {
    await docker(['rmi', '--no-prune', name]).catch(() => {})
  }

  /** End what is being made. */
  stop(): void {
    this.#stopping.abort()
  }

  #nameOf({ model, version, digest, image }: PackInput): string {
    const key = sha256Hex(canonicalJson({ digest, image: image ?? '' })).slice(0, 12)
    return `sluice/${homeWord(this.#home)}/${model}:${version}-${key}`
  }

  async #make(input: PackInput, name: string, engine: Engine, making: Making): Promise<PinnedImage> {
    const log = new VersionLog(
      join(this.#home.logs, 'versions', `${resourceName(laptopPlatform, input.model, input.version)}.log`),
    )
    if (input.image === undefined) await this.#build(input, name, engine, making, log)
    else await this.#pull(input.image, name, making, log)
    const pinned = await pinnedAs(name)
    if (pinned === undefined)
      throw new Error(`the engine does not know the image ${name} that it has just made`)
    log.say(`the image is ${pinned.id}`)
    return pinned
  }

  async #pull(reference: string, name: string, making: Making, log: VersionLog): Promise<void> {
    const { signal } = this.#stopping
    if ((await pinnedAs(reference)) === undefined) {
      const onLine = (line: string) => log.say(line)
      making.doing = `pulling the image ${reference}`
      const pulled = await docker(['pull', reference], { signal, onLine })
      if (!pulled.ok)
        throw new Problem(
          'image-unavailable',
          `the image ${shown(reference)} is not on this machine and could not be pulled: ${withoutPlaces(dockersWords(pulled))}`,
        )
    }
    const tagged = await docker(['tag', reference, name], { signal })
    if (!tagged.ok)
      throw new Problem(
        'image-unavailable',
        `the image ${shown(reference)} could not be pinned: ${dockersWords(tagged)}`,
      )
  }

  async #build(
    input: PackInput,
    name: string,
    { buildKit, buildNetwork }: Engine,
    making: Making,
    log: VersionLog,
  ): Promise<void> {
    const context = join(this.#home.incoming, `${draftPrefix}${randomUUID()}`)
    try {
      await this.#fill(context, input.files)
      const { signal } = this.#stopping
      let lines = 0
      const onLine = (line: string) => {
        const step = stepInLine(line)
        if (step !== undefined) making.doing = `building the image: ${step}`
        lines += 1
        if (lines <= mostLogged) log.say(line)
        if (lines === mostLogged) log.say('what more the build writes is left out here')
      }
      const { model, version, digest } = input
      const args = [
        ...(buildKit
          ? ['buildx', 'build', '--load', '--progress=plain', '--provenance=false']
          : ['build', '--force-rm']),
        `--network=${buildNetwork}`,
        ...proxies
          .filter((proxy) => process.env[proxy] !== undefined)
          .flatMap((proxy) => ['--build-arg', proxy]),
        `--label=sluice.version=${model}@${version}`,
        `--label=sluice.artifact=${digest}`,
        `--tag=${name}`,
        context,
      ]
      const built = await docker(args, { signal, onLine, env: { DOCKER_BUILDKIT: buildKit ? '1' : '0' } })
      if (!built.ok) throw unbuilt(built.lines, await this.#dockerfile(input))
    } finally {
      await rm(context, { recursive: true, force: true })
    }
  }

  /** A store keeps no modes, and what a build copies is often run: every file may be. */
  async #fill(context: string, files: PackInput['files']): Promise<void> {
    await mkdir(context, { recursive: true })
    for (const file of files) {
      const target = join(context, file.path)
      await mkdir(dirname(target), { recursive: true })
      await copyFile(this.#store.frozenPath(file), target, constants.COPYFILE_FICLONE)
      await chmod(target, 0o755)
    }
  }

  async #dockerfile({ files }: PackInput): Promise<string> {
    const file = files.find(({ path }) => path === 'Dockerfile')
    return file === undefined ? '' : new TextDecoder().decode(await this.#store.read(file))
  }
}

function doingFirst({ image }: PackInput): string {
  return image === undefined ? 'building the image' : `looking for the image ${image}`
}

/** The image that the engine has under a name. */
async function pinnedAs(name: string): Promise<PinnedImage | undefined> {
  const format = '{{.Id}} {{if or .Config.Entrypoint .Config.Cmd}}says{{end}}'
  const found = await docker(['image', 'inspect', '--format', format, name])
  if (!found.ok) return undefined
  const [id = '', says] = found.stdout.split(' ')
  return { id, name, ...(says === undefined && { startCommand: ['serve'] }) }
}
