/**
 * Where `import 'x'` and `require('x')` of the artifact find their packages: among the artifact's own files, then in the
 * environment that its lock was installed into, and nowhere else, whatever lies in folders above.
 */
import { readFileSync, realpathSync } from 'node:fs'
import { createRequire, registerHooks } from 'node:module'
import { join, relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const notFound = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'])
const elsewhere = /^(?:[./#]|[a-z][a-z0-9+.-]*:)/i

/** A package that is nowhere. */
export class MissingPackage extends Error {
  /** What programs look at that can do without it. */
  code = 'MODULE_NOT_FOUND'
}

/** @returns the addresses of the artifact's modules, in the order in which they are loaded */
export function resolveFrom(modelDir, packagesDir) {
  const model = folderUrl(realpathSync(modelDir))
  const packages = folderUrl(realOr(packagesDir))
  const requireThere = createRequire(new URL('package.json', packages))
  const isOurs = (url) => !url.startsWith('file:') || url.startsWith(model) || url.startsWith(packages)
  const loaded = []

  function installed(specifier, context, nextResolve) {
    if (context.conditions.includes('require'))
      return { url: pathToFileURL(requireThere.resolve(specifier)).href, shortCircuit: true }
    return nextResolve(specifier, { ...context, parentURL: new URL('package.json', packages).href })
  }

  registerHooks({
    resolve(specifier, context, nextResolve) {
      // What is handed on may be written to.
      const { parentURL } = context
      if (!parentURL?.startsWith(model) || elsewhere.test(specifier)) return nextResolve(specifier, context)
      for (const resolve of [nextResolve, (...asked) => installed(...asked, nextResolve)]) {
        const found = unlessMissing(() => resolve(specifier, context))
        if (found !== undefined && isOurs(found.url)) return found
      }
      throw missing(specifier, parentURL, model)
    },
    load(url, context, nextLoad) {
      if (url.startsWith(model)) loaded.push(url)
      return nextLoad(url, context)
    },
  })
  return loaded
}

function unlessMissing(resolve) {
  try {
    return resolve()
  } catch (error) {
    if (notFound.has(error?.code)) return undefined
    throw error
  }
}

/** A file that imports has no line in the error: it is looked for. */
function missing(specifier, parentURL, model) {
  const file = fileURLToPath(parentURL)
  const [scope, name] = specifier.split('/')
  const what = scope.startsWith('@') && name !== undefined ? `${scope}/${name}` : scope
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .findIndex((text) => text.includes(`'${specifier}'`) || text.includes(`"${specifier}"`))
  const place = relative(fileURLToPath(model), file).replaceAll(sep, '/')
  return new MissingPackage(
    `${place}${line < 0 ? '' : ` line ${line + 1}`}: the package '${what}' is missing: add it to package.json`,
  )
}

function folderUrl(folder) {
  return pathToFileURL(join(folder, sep)).href
}

/** There is no folder where a model needs no packages. */
function realOr(folder) {
  try {
    return realpathSync(folder)
  } catch {
    return folder
  }
}
