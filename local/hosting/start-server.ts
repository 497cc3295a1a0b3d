import type { ContainerLaunch } from './container-launch.ts'
import { ContainerProcess } from './container-process.ts'
import type { Launch } from './launch.ts'
import { ModelProcess } from './model-process.ts'
import type { ProcessCensus } from './process-census.ts'
import type { ServerProcess } from './server-process.ts'
import { spawnServer } from './spawn-server.ts'
import type { VersionLog } from './version-log.ts'
import type { WarmParents } from './warm-parents.ts'

/** How a server is started: as a process of this machine, or in a container. */
export type ServerLaunch = Launch | ContainerLaunch

/** Start a server as its launch says. @throws the system's error where it has no room for one more process */
export function startServer(
  launch: ServerLaunch,
  log: VersionLog,
  census: ProcessCensus,
  warmParents?: WarmParents,
): ServerProcess {
  if ('imageId' in launch) return new ContainerProcess(launch, log)
  return new ModelProcess(launch, log, census, warmParents?.beginOf(launch) ?? spawnServer)
}
