import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { controlApp } from '../lambdas/control/control.ts'
import { findLostUploads } from '../lambdas/monitoring/find-lost-uploads.ts'
import { resumeOperations } from '../lambdas/monitoring/resume-operations.ts'
import type { PlatformEvent, Ports } from '../lambdas/ports.ts'
import { takeIn } from '../lambdas/release/intake.ts'
import { routerApp } from '../lambdas/serving/router.ts'
import { stepsOver } from '../lambdas/steps.ts'
import { openCounters, openDatabase } from './database.ts'
import { EventLog } from './event-log.ts'
import { faultLog } from './fault-log.ts'
import { FolderStore } from './folder-store.ts'
import { Gateway } from './gateway.ts'
import { type Home, homeAt, takeHome, usable } from './home.ts'
import { ImageFolder } from './image-folder.ts'
import { Journal } from './journal.ts'
import { MachineRunner } from './machine-runner.ts'
import { removeDeadUploads, removeOwnDrafts } from './on-disk.ts'
import { OutcomeCounters } from './outcome-counters.ts'
import { ProcessHost } from './process-host.ts'
import { SqliteRegistry } from './sqlite-registry.ts'
import { loadMachines } from './state-machines.ts'
import { StoreWatcher } from './store-watcher.ts'

export interface PlatformProps {
  /** The folder the platform lives in. */
  readonly home: string
  /** 0 picks a free one. */
  readonly port: number
}

/** A platform that runs in this process. */
export interface Platform {
  readonly url: string
  readonly home: Home
  /** Hear what happens. */
  listen(listener: (event: PlatformEvent) => void): void
  stop(): Promise<void>
}

/**
 * The laptop world: every port filled, and the platform started over them.
 * @throws HomeTaken, HomeUnusable, PortInUse, with nothing changed in the home and nothing left running
 */
export async function startPlatform({ home: folder, ...how }: PlatformProps): Promise<Platform> {
  const home = homeAt(folder)
  const open: (() => void)[] = [takeHome(home)]
  const close = () => {
    for (const one of open.splice(0).toReversed()) one()
  }
  try {
    const opened = (database: DatabaseSync) => {
      open.push(() => database.close())
      return database
    }
    const databases = usable(home.root, () => ({
      database: opened(openDatabase(home.database)),
      counted: opened(openCounters(join(home.root, 'outcomes.sqlite'))),
    }))
    return await startOver(home, { ...how, ...databases, close })
  } catch (error) {
    close()
    throw error
  }
}

interface Opened extends Omit<PlatformProps, 'home'> {
  readonly database: DatabaseSync
  readonly counted: DatabaseSync
  /** Close the databases, and let go of the home. */
  readonly close: () => void
}

/** Start a platform over a home that is taken and databases that are open. */
async function startOver(home: Home, { port, database, counted, close }: Opened): Promise<Platform> {
  const fault = faultLog(join(home.logs, 'platform.log'))
  for (const folder of [home.incoming, home.cache]) await removeOwnDrafts(folder).catch(fault)
  await removeDeadUploads(home.incoming, Date.now()).catch(fault)

  const events = new EventLog()
  const store = new FolderStore(home)
  const host = new ProcessHost(database, home, 'sluice')
  const metrics = new OutcomeCounters(counted, fault)
  const runner = new MachineRunner(loadMachines(home.cache), new Journal(database), fault)
  const ports: Ports = {
    store,
    registry: new SqliteRegistry(database),
    images: new ImageFolder(home, store),
    host,
    metrics,
    workflows: runner,
    events,
    clock: { now: () => Date.now() },
    random: { draw: () => Math.random() },
    settings: { platform: 'sluice', lookIntervalMs: 200, pollIntervalMs: 50 },
  }
  const actor = userInfo().username
  const gateway = new Gateway(
    routerApp(ports),
    controlApp(ports, { store: pathToFileURL(home.store).href }),
    actor,
  )
  const url = await gateway.listen(port)
  // Only a platform that has its home and its port takes up what an earlier one left unfinished.
  runner.resume(stepsOver(ports))
  await resumeOperations(ports)
  const list = () => findLostUploads(ports, actor).catch(fault)
  const watcher = new StoreWatcher(home, (key) => takeIn(ports, key, { actor }), list, fault)
  await watcher.ready
  list()

  const stop = async () => {
    await watcher.stop()
    runner.stop()
    await gateway.stop()
    await host.stop()
    metrics.stop()
    close()
  }
  return { url, home, listen: (listener) => events.listen(listener), stop }
}
