import { writeFile } from 'node:fs/promises'
import { Problem, shown } from '../../lib/rules/problem.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'

/** Print how a model or a version is called, or write it to a file. */
export async function openapi(
  { talk, platform }: Context,
  model: string,
  version: string | undefined,
  { out }: { readonly out?: string },
): Promise<ExitCode> {
  const document = await platform.openApi(model, version)
  const text = JSON.stringify(document, null, 2)
  if (out === undefined) {
    talk.data(document, text)
    return exitCode.done
  }
  try {
    await writeFile(out, `${text}\n`)
  } catch (error) {
    throw new Problem('usage', `${shown(out)} cannot be written: ${(error as NodeJS.ErrnoException).code}`)
  }
  talk.say(`${out}: OpenAPI 3.1 of ${model}${version === undefined ? '' : ` ${version}`}`)
  if (talk.json) talk.data({ file: out }, '')
  return exitCode.done
}
