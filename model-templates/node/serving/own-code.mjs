/** The user's program: a predict.js, .mjs or .cjs with `predict(inputs, model)`, and `load(modelDir)` where it loads files. */
import { execFileSync } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { resolveFrom } from './packages.mjs'
import { CannotLoad } from './reasons.mjs'

/** How many files are looked at for the one that does not parse. */
const mostChecked = 20

/** It runs as it is: nothing here guards the machine from it. */
export async function importOwnCode({ modelDir, packagesDir, entry }) {
  const loaded = resolveFrom(modelDir, packagesDir)
  const url = pathToFileURL(join(realpathSync(modelDir), entry)).href
  const module = await import(url).catch((error) => {
    throw withPlace(error, loaded)
  })
  const exported = (name) => module[name] ?? module.default?.[name]
  const load = exported('load')
  const predict = exported('predict') ?? module.default
  if (typeof predict !== 'function') throw new CannotLoad(`${entry} exports no function predict(inputs)`)
  if (load !== undefined && typeof load !== 'function')
    throw new CannotLoad(`${entry} exports a load that is no function load(modelDir)`)
  return { load, predict }
}

/** Node does not tell where a module does not parse; its own `--check` does. */
function withPlace(error, loaded) {
  if (!(error instanceof SyntaxError) || /^\S+:\d+\n/.test(error.stack)) return error
  for (const url of loaded.slice(-mostChecked).reverse()) {
    try {
      execFileSync(process.execPath, ['--check', fileURLToPath(url)], { stdio: 'pipe' })
    } catch (refused) {
      error.stack = `${refused.stderr}`
      return error
    }
  }
  return error
}
