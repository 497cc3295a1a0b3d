import { mostReadBytes, readPickleFile, type Unread } from '../../lib/rules/python/pickle-file.ts'
import type { PickledValue } from '../../lib/rules/python/pickle-stream.ts'
import { readSkopsFile } from '../../lib/rules/python/skops-archive.ts'
import type { InspectedFile, ReadFile } from './inspection.ts'

/** Read a model file of pickle, joblib or skops without calling anything that it names. */
export async function readModelFile(
  entry: string,
  files: readonly InspectedFile[],
  read: ReadFile,
): Promise<PickledValue | Unread> {
  const size = files.find(({ path }) => path === entry)?.size ?? 0
  if (size > mostReadBytes)
    return { unread: `it has ${size} bytes, and up to ${mostReadBytes} are looked through` }
  const bytes = (await read(entry)) ?? new Uint8Array()
  return entry.endsWith('.skops') ? readSkopsFile(bytes) : readPickleFile(bytes)
}
