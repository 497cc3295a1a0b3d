import type { ServerAddress } from '../../lib/rules/container/server-address.ts'
import { containerImageAt } from '../docker/container-image.ts'
import type { Containers } from '../docker/containers.ts'

/** How the server of a version is started in a container of its own. */
export interface ContainerLaunch {
  readonly containers: Containers
  /** The image by its id, so that nobody can put another under its name. */
  readonly imageId: string
  readonly address: ServerAddress
  /** In place of the image's own ENTRYPOINT and CMD. */
  readonly startCommand?: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** What it sees of this machine, read-only: paths here by paths there. */
  readonly mounts: Readonly<Record<string, string>>
  readonly memoryMb: number
}

/** Where every container finds its model, and where SageMaker puts it. */
const [modelFolder, sagemakersFolder] = ['/opt/sluice/model', '/opt/ml/model']
const versionFile = '/opt/sluice/version.json'

/** How the server of one version is started that lives in a container; undefined for every other. */
export function containerLaunch(
  containers: Containers,
  folder: string,
  memoryMb: number,
): ContainerLaunch | undefined {
  const facts = containerImageAt(folder)
  if (facts === undefined) return undefined
  const { imageId, image, address, startCommand } = facts
  return {
    ...{ containers, imageId, address, memoryMb },
    ...(startCommand !== undefined && { startCommand }),
    env: { MODEL_DIR: modelFolder, VERSION_FILE: versionFile, PORT: `${address.port}` },
    mounts: {
      [modelFolder]: folder,
      [versionFile]: `${folder}.json`,
      // An image that was built of its files has put them where it wants them.
      ...(image !== undefined && { [sagemakersFolder]: folder }),
    },
  }
}

/** More is no model server. */
const mostProcesses = 512

/** The arguments of `docker create` for a container: nothing of them is read by a shell. */
export function createArguments(launch: ContainerLaunch, name: string, more: readonly string[]): string[] {
  const { imageId, startCommand = [], env, mounts, memoryMb } = launch
  const [program, ...rest] = startCommand
  return [
    'create',
    `--name=${name}`,
    ...more,
    '--read-only',
    '--tmpfs=/tmp',
    '--cap-drop=ALL',
    '--security-opt=no-new-privileges',
    `--memory=${memoryMb}m`,
    `--memory-swap=${memoryMb}m`,
    `--pids-limit=${mostProcesses}`,
    '--log-driver=none',
    '--restart=no',
    ...Object.entries(env).map(([key, value]) => `--env=${key}=${value}`),
    ...Object.entries(mounts).map(([inside, here]) => `--mount=${mountOf(here, inside)}`),
    ...(program === undefined ? [] : [`--entrypoint=${program}`]),
    imageId,
    ...rest,
  ]
}

/** A mount is a line of CSV. */
function mountOf(here: string, inside: string): string {
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`
  return ['type=bind', cell(`source=${here}`), cell(`target=${inside}`), 'readonly'].join(',')
}
