/** What is known of the version that is served: its entry and its signature. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CannotLoad } from './reasons.mjs'

const entries = ['predict.js', 'predict.mjs', 'predict.cjs']

/** Read the version's file, or find the entry where there is none. @throws CannotLoad */
export async function readVersion(versionFile, modelDir) {
  const text = await readFile(versionFile, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return '{}'
    throw error
  })
  const { entry, signature } = JSON.parse(text)
  const found = entry ?? (await onlyEntry(modelDir))
  if (!existsSync(join(modelDir, found))) throw new CannotLoad(`the artifact has no file '${found}'`)
  return { entry: found, inputs: signature?.inputs, outputs: signature?.outputs?.map(({ name }) => name) }
}

async function onlyEntry(modelDir) {
  const files = await readdir(modelDir).catch(() => [])
  const found = entries.filter((entry) => files.includes(entry))
  const [only] = found
  if (only === undefined)
    throw new CannotLoad(`there is no model: the artifact needs ${entries.join(' or ')}`)
  if (found.length > 1)
    throw new CannotLoad(`it is not clear which file is the model, ${found.join(', ')}: keep one of them`)
  return only
}
