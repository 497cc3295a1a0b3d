import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PlatformClient } from './platform-client.ts'
import { readRelease } from './release-files.ts'
import { upload, versionOf } from './upload.ts'

/** The sample: Fisher's irises, a model for each of the three moments of a release's life. */
export const sampleModel = 'iris'

const folder = join(import.meta.dirname, '..', 'examples', 'iris')

/** Where a version of the sample lies. */
export function samplePath(version: string): string {
  return join(folder, version)
}

/** A request that a person can read. */
export async function sampleRequest(): Promise<string> {
  const text = await readFile(join(samplePath('1.0.0'), 'examples', 'setosa.json'), 'utf8')
  return JSON.stringify(JSON.parse(text))
}

/** Real rows, in a shuffled order, for traffic. */
export async function sampleRows(): Promise<readonly unknown[]> {
  return JSON.parse(await readFile(join(folder, 'rows.json'), 'utf8')) as unknown[]
}

/** The line to try, on one line. @param asksWhoCalls whether it has to carry a key */
export async function curlLine(url: string, asksWhoCalls = false): Promise<string> {
  const key = asksWhoCalls ? ' -H "authorization: Bearer $SLUICE_API_KEY"' : ''
  return `curl -s ${url}/models/${sampleModel}/invocations${key} -H 'content-type: application/json' -d '${await sampleRequest()}'`
}

/** Release the sample, unless it was released before. */
export async function releaseSample(platform: PlatformClient): Promise<void> {
  if ((await versionOf(platform, sampleModel, '1.0.0')) === undefined)
    await upload(platform, await readRelease(samplePath('1.0.0'), {}))
}
