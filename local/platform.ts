import { userInfo } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { InProcessShadows } from '../lambdas/comparison/in-process-shadows.ts'
import { LiveShadows } from '../lambdas/comparison/live-shadows.ts'
import { consoleAnswer } from '../lambdas/console/console-answer.ts'
import { controlApp } from '../lambdas/control/control.ts'
import { WithGraphs } from '../lambdas/graph-host.ts'
import { findLostUploads } from '../lambdas/monitoring/find-lost-uploads.ts'
import { HookSender } from '../lambdas/monitoring/hook-sender.ts'
import { resumeOperations } from '../lambdas/monitoring/resume-operations.ts'
import type { Clock, Ports } from '../lambdas/ports.ts'
import { expireApprovals } from '../lambdas/promotion/approval.ts'
import { takeIn } from '../lambdas/release/intake.ts'
import { stepsOver } from '../lambdas/steps.ts'
import type { ApprovalPolicy } from '../lib/rules/approval.ts'
import type { PublishedEvent } from '../lib/rules/platform-event.ts'
import { idleAfterMs } from '../lib/rules/upkeep.ts'
import { SqliteCallBook } from './call-book.ts'
import { consoleFiles } from './console/console-files.ts'
import { openCounters, openDatabase } from './database.ts'
import { Environments } from './environments/environments.ts'
import { EventLog } from './event-log.ts'
import { faultLog } from './fault-log.ts'
import { FolderStore } from './folder-store.ts'
import { Gateway } from './gateway.ts'
import { type Home, HomeUnusable, homeAt, laptopPlatform, takeHome, usable } from './home.ts'
import { confinementHere } from './hosting/confinement.ts'
import { ProcessHost } from './hosting/process-host.ts'
import { parkIdleVersions } from './idle-versions.ts'
import { ImageFolder } from './image-folder.ts'
import { Journal } from './journal.ts'
import { type LaptopAuth, laptopCallers } from './laptop-callers.ts'
import { MachineRunner } from './machine-runner.ts'
import { CaptureCounts } from './monitoring/capture-counts.ts'
import { CaptureFolder } from './monitoring/capture-folder.ts'
import { captureKeyOf } from './monitoring/capture-key.ts'
import { Monitoring } from './monitoring/monitoring.ts'
import { MonitoringFolder } from './monitoring/monitoring-folder.ts'
import { NodeCounters } from './node-counters.ts'
import { removeDeadUploads, removeOwnDrafts } from './on-disk.ts'
import { OutcomeCounters } from './outcome-counters.ts'
import { rememberAccess } from './own-access.ts'
import { ownerKey } from './owner-key.ts'
import { SqliteApiKeys } from './sqlite-api-keys.ts'
import { SqliteRegistry } from './sqlite-registry.ts'
import { loadMachines } from './state-machines.ts'
import { StoreWatcher } from './store-watcher.ts'
import { Sweeping } from './sweeping.ts'
import { TrafficMeter } from './traffic-meter.ts'

const machineClock: Clock = { now: () => Date.now() }
const parkEveryMs = 60_000
const expireEveryMs = 10_000

export interface PlatformProps {
  /** The folder the platform lives in. */
  readonly home: string
  /** 0 picks a free one. */
  readonly port: number
  /** How it asks who calls. @default whoever is on this machine may do everything */
  readonly auth?: LaptopAuth
  /** Who must agree before an alias moves, by alias. @default what manifests say */
  readonly approvals?: ApprovalPolicy
  /** Whether manifests may ask for `unsafePickle`. @default false */
  readonly allowUnsafePickle?: boolean
  /** @default the machine's own; one that runs behind it makes what takes days be over in a moment, and keeps nobody waiting */
  readonly clock?: Clock
}

/** A platform that runs in this process. */
export interface Platform {
  readonly url: string
  readonly home: Home
  /** A key that opens all of it, where callers have to say who they are. */
  readonly owner?: { readonly key: string; readonly isNew: boolean }
  /** Why model processes can reach the network on this machine; undefined where they cannot. */
  readonly openBecause?: string
  /** Hear what happens. */
  listen(listener: (event: PublishedEvent) => void): void
  /** Look at what was recorded now, and not only when it is time to. */
  monitor(): Promise<void>
  stop(): Promise<void>
}

/**
 * The laptop world: every port filled, and the platform started over them.
 * @throws HomeTaken, HomeUnusable, PortInUse, with nothing changed in the home and nothing left running
 */
export async function startPlatform({ home: folder, ...how }: PlatformProps): Promise<Platform> {
  const home = homeAt(folder)
  const running = new AsyncDisposableStack()
  running.defer(takeHome(home))
  try {
    return await startIn(home, how, running)
  } catch (error) {
    await running.disposeAsync()
    throw error
  }
}

/** Start a platform in a home that is taken. @param running what ends with it, the last thing first */
async function startIn(
  home: Home,
  {
    port,
    auth,
    approvals = {},
    allowUnsafePickle = false,
    clock = machineClock,
  }: Omit<PlatformProps, 'home'>,
  running: AsyncDisposableStack,
): Promise<Platform> {
  const database = usable(home.root, () => openDatabase(home.database))
  running.defer(() => database.close())
  const counted = usable(home.root, () => openCounters(join(home.root, 'outcomes.sqlite')))
  running.defer(() => counted.close())
  const fault = faultLog(join(home.logs, 'platform.log'))
  for (const folder of [home.incoming, home.cache]) await removeOwnDrafts(folder).catch(fault)
  await removeDeadUploads(home.incoming, Date.now()).catch(fault)

  const began = clock.now()
  const events = new EventLog(laptopPlatform, clock)
  const store = new FolderStore(home)
  const environments = new Environments(home)
  const images = new ImageFolder(home, store, environments)
  const processes = new ProcessHost(database, home, laptopPlatform)
  const host = new WithGraphs(processes, laptopPlatform)
  const metrics = new OutcomeCounters(counted, fault)
  running.defer(() => metrics.stop())
  const captures = new CaptureFolder({
    folder: home.captures,
    counts: new CaptureCounts(counted, fault),
    key: usable(home.root, () => captureKeyOf(home.root)),
    onFault: fault,
  })
  running.defer(() => captures.stop())
  running.defer(() => processes.stop())
  const runner = new MachineRunner(loadMachines(home.cache), new Journal(database), fault)
  const registry = new SqliteRegistry(database)
  await refuseSetBack(home.root, registry, store)
  const documents = new MonitoringFolder(home.monitoring)
  const random = { draw: () => Math.random() }
  const live = new LiveShadows({ registry, host, clock, random, monitoring: documents }, fault)
  const shadows = new InProcessShadows(live, fault)
  running.defer(() => shadows.stop())
  const ports: Ports = {
    store,
    registry,
    shadows,
    images,
    host,
    metrics,
    nodes: new NodeCounters(),
    callers: new SqliteCallBook(counted, clock, fault),
    captures,
    monitoring: documents,
    webhooks: new HookSender('anywhere'),
    traffic: new TrafficMeter(clock),
    workflows: runner,
    events,
    clock,
    random,
    settings: {
      ...{ platform: laptopPlatform, lookIntervalMs: 200, pollIntervalMs: 50 },
      ...{ approvals, approvalLinks: true, allowUnsafePickle, recordsCalls: true },
    },
  }
  const sweeping = new Sweeping(ports, fault)
  running.defer(() => sweeping.stop())
  const actor = userInfo().username
  const keys = new SqliteApiKeys(database)
  const gateway = new Gateway(
    ports,
    controlApp(ports, {
      store: pathToFileURL(home.store).href,
      keys,
      ...(auth !== undefined && { callers: auth.kind }),
      sweep: (dryRun) => sweeping.now(dryRun),
      live: events,
    }),
    auth === undefined ? { actor } : { callers: await laptopCallers(auth, keys, ports.clock) },
    {},
    async (asked) =>
      consoleAnswer(await consoleFiles(), { ...asked, ...(auth !== undefined && { callers: auth.kind }) }),
  )
  const url = await gateway.listen(port)
  running.defer(() => gateway.stop())
  running.defer(() => events.stop())
  const owner = auth && (await ownerKey(home.root, { keys, clock: ports.clock }))
  if (owner !== undefined) await rememberAccess(home.root, { url, key: owner.key })
  running.defer(() => environments.stop())
  running.defer(() => images.stop())
  running.defer(() => runner.stop())
  // Only a platform that has its home and its port takes up what an earlier one left unfinished.
  runner.resume(stepsOver(ports))
  await expireApprovals(ports)
  await resumeOperations(ports)
  sweeping.start(began)
  const list = () => findLostUploads(ports, actor).catch(fault)
  const watcher = new StoreWatcher(home, (key) => takeIn(ports, key, { actor }), list, fault)
  running.defer(() => watcher.stop())
  await watcher.ready
  list()
  const expire = () => void expireApprovals(ports).catch(fault)
  const expiring = setInterval(expire, expireEveryMs).unref()
  running.defer(() => clearInterval(expiring))
  const park = () => void parkIdleVersions(ports, processes, idleAfterMs).catch(fault)
  const parking = setInterval(park, parkEveryMs).unref()
  running.defer(() => clearInterval(parking))
  const monitoring = new Monitoring(ports, fault)
  monitoring.start()
  running.defer(() => monitoring.stop())

  const listen: Platform['listen'] = (listener) => void events.listen(listener)
  const { openBecause } = confinementHere()
  const told = { ...(owner && { owner }), ...(openBecause !== undefined && { openBecause }) }
  const monitor: Platform['monitor'] = () => monitoring.now()
  return { url, home, ...told, listen, monitor, stop: () => running.disposeAsync() }
}

/**
 * A registry that knows less than the store's records was lost, or set back: to go on with it would release everything
 * anew, beside records that are never written over. @throws HomeUnusable
 */
async function refuseSetBack(root: string, registry: SqliteRegistry, store: FolderStore): Promise<void> {
  for (const model of await store.recordedModels()) {
    const known = (await registry.model(model))?.rev ?? 0
    const recorded = await store.recordedRev(model)
    if (recorded > known)
      throw new HomeUnusable(
        `no platform can live in ${root}: its registry knows ${known} moves of '${model}', and the records in its store ${recorded}; ` +
          'make the registry anew with: sluice rebuild --home DIR',
      )
  }
}
