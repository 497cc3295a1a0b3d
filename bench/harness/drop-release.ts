import { randomUUID } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PlatformClient } from '../../cli/platform-client.ts'
import type { Platform } from '../../local/platform.ts'
import { until } from '../../test/harness/until.ts'
import { whole } from '../../test/journeys/stage.ts'

/** Release version 1.0.0 of a model by moving a folder into the store, and wait until it is live. */
export async function dropRelease(
  { home, url }: Platform,
  model: string,
  content: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  const draft = join(home.root, 'store', 'incoming', randomUUID())
  await mkdir(draft, { recursive: true })
  for (const [path, bytes] of Object.entries(whole(content))) await writeFile(join(draft, path), bytes)
  const place = join(home.root, 'store', 'models', model)
  await mkdir(place, { recursive: true })
  await rename(draft, join(place, '1.0.0'))
  const client = new PlatformClient(url)
  const isLive = async () =>
    (await client.model(model).catch(() => undefined))?.aliases['live']?.stable === '1.0.0'
  await until(`${model} is live`, isLive, 60_000)
}
