import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { parseAlias, parseModelName } from '../../lib/rules/names.ts'
import { Problem, type ProblemFacts } from '../../lib/rules/problem.ts'
import { parseVersionSelector } from '../../lib/rules/version-range.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode, exitCodeOf } from '../exit-codes.ts'
import { printProblem } from '../terminal/problem-text.ts'

export interface InvokeOptions {
  readonly data?: string
  readonly file?: string
  readonly version?: string
  readonly alias?: string
  readonly type: string
}

/** Ask a model for predictions: the record from --data, --file or standard input. */
export async function invoke(
  { talk, platform }: Context,
  model: string,
  options: InvokeOptions,
): Promise<ExitCode> {
  if (options.version !== undefined && options.alias !== undefined)
    throw new Problem('usage', 'name a version or an alias, not both')
  const { status, headers, body } = await platform.invoke(
    parseModelName(model),
    targetOf(options),
    await bodyOf(options),
    options.type,
  )
  if (status !== 200) {
    const problem = Problem.of(JSON.parse(body) as ProblemFacts)
    if (talk.json) talk.data(JSON.parse(body), '')
    else printProblem(talk, problem)
    return exitCodeOf(problem)
  }
  talk.say(
    talk.paint(
      'dim',
      `${model} ${headers.get('model-version')} (${headers.get('model-variant')}), ${headers.get('server-timing')}`,
    ),
  )
  talk.data(documentOf(body), body)
  return exitCode.done
}

/** What a version without a signature answers need not be JSON: then it is told as the text that it is. */
function documentOf(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

/** The part of the path after the model. Read here, since a URL would make another path of one with dots. */
function targetOf({ version, alias }: InvokeOptions): string {
  if (version !== undefined) {
    parseVersionSelector(version)
    return `versions/${version}`
  }
  return alias === undefined ? '' : `aliases/${parseAlias(alias)}`
}

async function bodyOf({ data, file }: InvokeOptions): Promise<string | Uint8Array> {
  if (data !== undefined) return data
  if (file !== undefined)
    return readFile(file).catch(() => {
      throw new Problem('usage', `${file} cannot be read`)
    })
  if (process.stdin.isTTY)
    throw new Problem('usage', 'there is nothing to send: add --data JSON or --file PATH, or pipe it in')
  return readAll(process.stdin)
}
