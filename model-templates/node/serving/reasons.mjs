/** What went wrong, for whoever called: the kind of error, its message and the line of the artifact, without paths. */
import { realpathSync } from 'node:fs'
import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BadRequest } from './columns.mjs'
import { MissingPackage } from './packages.mjs'
import { WrongAnswer } from './predictions.mjs'

const longest = 500

/** A model that cannot be loaded, in words that need no type and no line. */
export class CannotLoad extends Error {}

const inOwnWords = [BadRequest, CannotLoad, MissingPackage, WrongAnswer]

/** One line: `predict.js line 12: TypeError: tenure is not iterable`. */
export function reasonOf(error, modelDir) {
  const roots = rootsOf(modelDir)
  if (inOwnWords.some((kind) => error instanceof kind)) return oneLine(error.message, roots)
  if (!Error.isError(error))
    return oneLine(`it threw ${typeof error === 'string' ? `'${error}'` : typeof error}`, roots)
  const place = placeOf(error, roots)
  const kind = error.name === 'Error' ? error.constructor.name : error.name
  const text = oneLine(`${kind}: ${error.message}`, roots)
  return place === undefined ? text : `${place}: ${text}`
}

/** The innermost line of the artifact's own files that the error passed through. */
function placeOf(error, roots) {
  for (const line of String(error.stack).split('\n')) {
    const [, url, number] = /^(?:\s+at .*?\(?)?((?:file:\/\/)?\/[^()]*?):(\d+)(?::\d+)?\)?$/.exec(line) ?? []
    if (url === undefined) continue
    const file = url.startsWith('file:') ? fileURLToPath(url) : url
    const root = roots.find((one) => file.startsWith(one))
    if (root !== undefined && !file.includes(`${sep}node_modules${sep}`))
      return `${file.slice(root.length).replaceAll(sep, '/')} line ${number}`
  }
  return undefined
}

function rootsOf(modelDir) {
  const roots = [modelDir]
  try {
    roots.push(realpathSync(modelDir))
  } catch {
    // Then no error comes out of it.
  }
  return roots.map((root) => (root.endsWith(sep) ? root : `${root}${sep}`))
}

/** The first line, with paths of the artifact relative to it and the last name of every other. */
function oneLine(text, roots) {
  const [first] = String(text).trim().split('\n')
  const line = roots.reduce((told, root) => told.replaceAll(`file://${root}`, '').replaceAll(root, ''), first)
  return line
    .replaceAll(
      /(?:file:\/\/)?(?<![\w.:/\\])(?:[A-Za-z]:)?[\\/](?:[^\s:'",()<>\\/]*[\\/])+([^\s\\/:'",()<>]+)/g,
      '$1',
    )
    .slice(0, longest)
}
