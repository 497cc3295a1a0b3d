import { run } from './run.ts'

/** A network between containers and this machine, of its own, so that no other engine's is touched. */
export interface Bridge {
  readonly name: string
  close(): Promise<void>
}

/** @throws Error where this process may not make one */
export async function openBridge(): Promise<Bridge> {
  const name = `sluice${process.pid % 100_000}`
  await run('ip', ['link', 'add', 'name', name, 'type', 'bridge'])
  // One of the addresses kept for tests of networks (RFC 2544).
  await run('ip', ['address', 'add', '198.18.37.1/24', 'dev', name])
  await run('ip', ['link', 'set', name, 'up'])
  return { name, close: () => run('ip', ['link', 'delete', name]).then(() => {}) }
}
