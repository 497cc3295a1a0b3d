import { appendFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { controlApp } from '../lambdas/control/control.ts'
import { findLostUploads } from '../lambdas/monitoring/find-lost-uploads.ts'
import { resumeOperations } from '../lambdas/monitoring/resume-operations.ts'
import type { PlatformEvent, Ports } from '../lambdas/ports.ts'
import { takeIn } from '../lambdas/release/intake.ts'
import { stepsOver } from '../lambdas/steps.ts'
import { openCounters, openDatabase } from './database.ts'
import { EventLog } from './event-log.ts'
import { FolderStore } from './folder-store.ts'
import { Gateway } from './gateway.ts'
import { type Home, homeAt, takeHome } from './home.ts'
import { ImageFolder } from './image-folder.ts'
import { Journal } from './journal.ts'
import { MachineRunner } from './machine-runner.ts'
import { OutcomeCounters } from './outcome-counters.ts'
import { ProcessHost } from './process-host.ts'
import { PythonEnvironments } from './python-environments.ts'
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

/** The laptop world: every port filled, and the platform started over them. @throws HomeTaken, PortInUse */
export async function startPlatform({ home: folder, port }: PlatformProps): Promise<Platform> {
  const home = homeAt(folder)
  const letGo = takeHome(home)
  const database = openDatabase(home.database)
  const counted = openCounters(join(home.root, 'outcomes.sqlite'))
  const fault = faultLog(join(home.logs, 'platform.log'))

  const events = new EventLog()
  const store = new FolderStore(home)
  const environments = new PythonEnvironments(home)
  const host = new ProcessHost(database, home, 'sluice')
  const metrics = new OutcomeCounters(counted)
  const runner = new MachineRunner(loadMachines(home.cache), new Journal(database), fault)
  const ports: Ports = {
    store,
    registry: new SqliteRegistry(database),
    images: new ImageFolder(home, store, environments),
    host,
    metrics,
    workflows: runner,
    events,
    clock: { now: () => Date.now() },
    random: { draw: () => Math.random() },
    settings: { platform: 'sluice', lookIntervalMs: 200, pollIntervalMs: 50 },
  }
  const actor = userInfo().username
  const gateway = new Gateway(ports, controlApp(ports, { store: pathToFileURL(home.store).href }), actor)
  const url = await gateway.listen(port).catch((error) => {
    letGo()
    throw error
  })
  // Only a platform that has its home and its port takes up what an earlier one left unfinished.
  runner.resume(stepsOver(ports))
  await resumeOperations(ports)
  const list = () => findLostUploads(ports, actor).catch(fault)
  const watcher = new StoreWatcher(home, (key) => takeIn(ports, key, { actor }).catch(fault), list)
  await watcher.ready
  list()

  const stop = async () => {
    await watcher.stop()
    runner.stop()
    await environments.stop()
    await gateway.stop()
    await host.stop()
    metrics.stop()
    counted.close()
    database.close()
    letGo()
  }
  return { url, home, listen: (listener) => events.listen(listener), stop }
}

/** Faults that no caller is there for go into a file; where that cannot be written, to whoever watches. */
function faultLog(path: string): (fault: unknown) => void {
  return (fault) => {
    try {
      appendFileSync(
        path,
        `${new Date().toISOString()} ${Error.isError(fault) ? fault.stack : String(fault)}\n`,
      )
    } catch {
      console.error(fault)
    }
  }
}
