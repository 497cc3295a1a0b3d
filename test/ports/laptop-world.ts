import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { AnyStep } from '../../lambdas/steps.ts'
import { type Machine, machines } from '../../lib/rules/operation.ts'
import type { PublishedEvent } from '../../lib/rules/platform-event.ts'
import { type StepName, stepNames } from '../../lib/wiring/handler-names.ts'
import { SqliteCallBook } from '../../local/call-book.ts'
import { openCounters, openDatabase } from '../../local/database.ts'
import { Environments } from '../../local/environments/environments.ts'
import { EventLog } from '../../local/event-log.ts'
import { FolderStore } from '../../local/folder-store.ts'
import { type Home, homeAt } from '../../local/home.ts'
import { ProcessHost } from '../../local/hosting/process-host.ts'
import { ImageFolder } from '../../local/image-folder.ts'
import { Journal } from '../../local/journal.ts'
import { MachineRunner } from '../../local/machine-runner.ts'
import { CaptureCounts } from '../../local/monitoring/capture-counts.ts'
import { CaptureFolder } from '../../local/monitoring/capture-folder.ts'
import { captureKeyOf } from '../../local/monitoring/capture-key.ts'
import { MonitoringFolder } from '../../local/monitoring/monitoring-folder.ts'
import { OutcomeCounters } from '../../local/outcome-counters.ts'
import { SqliteApiKeys } from '../../local/sqlite-api-keys.ts'
import { SqliteRegistry } from '../../local/sqlite-registry.ts'
import { machinesOfTemplate } from '../harness/machines.ts'
import type { KeysWorld } from './api-keys-contract.ts'
import type { CallBookWorld } from './call-book-contract.ts'
import type { CapturesWorld } from './capture-store-contract.ts'
import type { HostWorld } from './endpoints.ts'
import type { EventsWorld } from './events-contract.ts'
import type { ImageWorld } from './image-factory-contract.ts'
import type { MetricsWorld } from './metrics-contract.ts'
import type { MonitoringWorld } from './monitoring-store-contract.ts'
import type { RegistryWorld } from './registry-contract.ts'
import type { Execution, WorkflowsWorld } from './workflows-contract.ts'

interface OfHome {
  readonly home: Home
  close(): Promise<void>
}

async function newHome(): Promise<OfHome> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  return { home: homeAt(folder), close: () => rm(folder, { recursive: true, force: true }) }
}

/** Store and images of a laptop. An upload arrives by a rename, so that it is never seen half. */
export async function laptopStore(): Promise<ImageWorld & { readonly home: Home }> {
  const { home, close } = await newHome()
  const store = new FolderStore(home)
  const put = async (key: string, content: string | Uint8Array) => {
    const draft = join(home.incoming, randomUUID())
    await writeFile(draft, content)
    await mkdir(dirname(join(home.store, key)), { recursive: true })
    await rename(draft, join(home.store, key))
  }
  const environments = new Environments(home)
  const closeAll = async () => {
    await environments.stop()
    await close()
  }
  return { home, store, images: new ImageFolder(home, store, environments), put, close: closeAll }
}

export async function laptopRegistry(): Promise<RegistryWorld> {
  const { home, close } = await newHome()
  const database = openDatabase(home.database)
  return {
    registry: new SqliteRegistry(database),
    close: async () => {
      database.close()
      await close()
    },
  }
}

export async function laptopKeys(): Promise<KeysWorld> {
  const { home, close } = await newHome()
  const database = openDatabase(home.database)
  return {
    keys: new SqliteApiKeys(database),
    reopen: () => new SqliteApiKeys(database),
    close: async () => {
      database.close()
      await close()
    },
  }
}

export async function laptopHost(): Promise<HostWorld & { readonly home: Home; readonly host: ProcessHost }> {
  const world = await laptopStore()
  const database = openDatabase(world.home.database)
  const host = new ProcessHost(database, world.home, 'test')
  return {
    ...world,
    host,
    close: async () => {
      await host.stop()
      database.close()
      await world.close()
    },
  }
}

export async function laptopMetrics(): Promise<MetricsWorld> {
  const { home, close } = await newHome()
  const database = openCounters(join(home.root, 'outcomes.sqlite'))
  let metrics = new OutcomeCounters(database)
  return {
    metrics,
    reopen: async () => {
      metrics.stop()
      metrics = new OutcomeCounters(database)
      return metrics
    },
    close: async () => {
      metrics.stop()
      database.close()
      await close()
    },
  }
}

export async function laptopCallBook(): Promise<CallBookWorld> {
  const { home, close } = await newHome()
  const database = openCounters(join(home.root, 'outcomes.sqlite'))
  return {
    open: (clock) => new SqliteCallBook(database, clock),
    close: async () => {
      database.close()
      await close()
    },
  }
}

export async function laptopCaptures(): Promise<CapturesWorld & { readonly home: Home }> {
  const { home, close } = await newHome()
  const database = openCounters(join(home.root, 'outcomes.sqlite'))
  const captures = new CaptureFolder({
    folder: home.captures,
    counts: new CaptureCounts(database, console.error),
    key: captureKeyOf(home.root),
    onFault: console.error,
  })
  return {
    home,
    captures,
    close: async () => {
      await captures.stop()
      database.close()
      await close()
    },
  }
}

export async function laptopMonitoring(): Promise<MonitoringWorld> {
  const { home, close } = await newHome()
  return { monitoring: new MonitoringFolder(home.monitoring), close }
}

/** The real machines and the real journal, over steps that say what was asked of them and end the machine. */
export async function laptopWorkflows(): Promise<WorkflowsWorld> {
  const { home, close } = await newHome()
  const database = openDatabase(home.database)
  const faults: unknown[] = []
  const runner = new MachineRunner(machinesOfTemplate(), new Journal(database), (fault) => faults.push(fault))
  const begun: Execution[] = []
  const held = new Set<string>()
  const entry = (machine: Machine): AnyStep => {
    return async ({ operation, execution }) => {
      begun.push({ machine, operation, execution })
      if (held.has(operation)) await new Promise<never>(() => {})
      return { status: 'over' }
    }
  }
  const steps = machines.flatMap((machine) =>
    stepNames[machine].map((name) => [name, entry(machine)] as const),
  )
  runner.resume(Object.fromEntries(steps) as Record<StepName, AnyStep>)
  return {
    workflows: runner,
    began: async () => begun,
    hold: async (operation) => {
      held.add(operation.id)
      await runner.start(operation)
    },
    close: async () => {
      runner.stop()
      database.close()
      await close()
      if (faults.length > 0) throw faults[0]
    },
  }
}

export async function laptopEvents(): Promise<EventsWorld> {
  const events = new EventLog('test', { now: () => Date.now() })
  const heard: PublishedEvent[] = []
  events.listen((event) => heard.push(event))
  return { events, heard: async () => heard, close: async () => {} }
}
