import type { Ports } from '../ports.ts'

/** Start the machine of every operation that was written down and never started: its process died in between. */
export async function resumeOperations({
  registry,
  workflows,
}: Pick<Ports, 'registry' | 'workflows'>): Promise<void> {
  for (const operation of await registry.unfinished())
    if (operation.state === 'running') await workflows.start(operation)
}
