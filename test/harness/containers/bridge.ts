import { existsSync } from 'node:fs'
import { run } from './run.ts'

/** A network between containers and this machine, of its own, so that no other engine's is touched. */
export interface Bridge {
  readonly name: string
  close(): Promise<void>
}

const prefix = 'sluice'

/** @throws Error where this process may not make one */
export async function openBridge(): Promise<Bridge> {
  await removeOrphans()
  const name = `${prefix}${process.pid}`
  await run('ip', ['link', 'add', 'name', name, 'type', 'bridge'])
  // Of the addresses kept for tests of networks (RFC 2544).
  await run('ip', ['address', 'add', `198.18.${process.pid % 256}.1/24`, 'dev', name])
  await run('ip', ['link', 'set', name, 'up'])
  return { name, close: () => run('ip', ['link', 'delete', name]).then(() => {}) }
}

/** A process that was killed leaves its bridge behind, and two with one address answer for each other. */
async function removeOrphans(): Promise<void> {
  const links = await run('ip', ['-oneline', 'link', 'show', 'type', 'bridge'])
  for (const [, name = '', pid] of links.matchAll(/ (sluice(\d+)):/g))
    if (!existsSync(`/proc/${pid}`)) await run('ip', ['link', 'delete', name])
}
