import { Problem } from '../../lib/rules/problem.ts'
import { docker, dockersWords, NoDocker } from './docker.ts'

/** What the Docker engine of this machine can do. */
export interface Engine {
  /**
   * How a container is reached that has no way to the outside. `address`: by its own address in a network that the
   * engine calls internal. `published`: by a port on this machine's loopback, where containers are in a machine of
   * their own, or the engine has no root's rights.
   */
  readonly reach: 'address' | 'published'
  /** Whether images are built by BuildKit; else by the builder in the engine. */
  readonly buildKit: boolean
  /** The network in which the steps of a build run: the engine's own, or this machine's where it has none. */
  readonly buildNetwork: 'default' | 'host'
}

const facts = '{{.OSType}} {{.OperatingSystem}} {{json .SecurityOptions}}'

/**
 * Look at the engine that docker's command line finds. Nothing of it is remembered: one that was missing may be started.
 * @throws Problem `docker-missing`
 */
export async function findEngine(): Promise<Engine> {
  const [info, buildx, bridge, context] = await Promise.all([
    docker(['info', '--format', facts]),
    docker(['buildx', 'version']),
    docker(['network', 'inspect', '--format', '{{.Name}}', 'bridge']),
    docker(['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}']),
  ]).catch((error: unknown) => {
    throw error instanceof NoDocker ? noDocker('there is no `docker` on the PATH') : error
  })
  if (!info.ok) throw noDocker(`no engine answers: ${dockersWords(info).slice(0, 200)}`)
  const host = process.env['DOCKER_HOST'] ?? context.stdout
  if (/^(?:ssh|tcp|https?):/.test(host))
    throw noDocker('the engine that `docker` finds runs on another machine, which cannot read this home')
  const [system] = info.stdout.split(' ')
  if (system !== 'linux')
    throw noDocker(`the engine runs containers of ${system || 'no system'}, and those of Linux are needed`)
  const isHere = process.platform === 'linux' && !/Docker Desktop|rootless/.test(info.stdout)
  return {
    reach: isHere ? 'address' : 'published',
    buildKit: buildx.ok,
    buildNetwork: bridge.ok ? 'default' : 'host',
  }
}

function noDocker(why: string): Problem {
  return new Problem(
    'docker-missing',
    `this version runs in a container, and ${why}; install Docker (or Podman with its docker command), start it, and push again`,
  )
}
