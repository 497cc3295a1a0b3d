import { strangerBytes, strangerIn } from '../../lib/rules/detection/not-the-file.ts'
import { isProblem, Problem } from '../../lib/rules/problem.ts'
import { leniently } from './agreed-signature.ts'
import type { ReadFile } from './inspection.ts'

/** Refuse what was uploaded by mistake in the place of a model. @throws Problem `artifact-corrupt` */
export async function refuseStranger(entry: string, read: ReadFile): Promise<void> {
  const stranger = strangerIn(leniently(await read(entry, strangerBytes)))
  if (stranger !== undefined) throw new Problem('artifact-corrupt', `${entry} ${stranger}`)
}

/** A fault of a file's bytes, told of the file by its name. @param paths every file: one that is named already is meant */
export function namedAfter(entry: string, paths: readonly string[]): (error: unknown) => never {
  return (error) => {
    if (!isProblem(error) || error.code !== 'artifact-corrupt') throw error
    if (paths.some((path) => error.message.includes(path))) throw error
    throw new Problem(error.code, `${entry}: ${error.message}`, error.errors)
  }
}
