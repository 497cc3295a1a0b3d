import semver from 'semver'
import { Problem } from '../../../lib/rules/problem.ts'
import { runToEnd } from './run-to-end.ts'

/** A Python that environments can be made with. */
export interface Interpreter {
  /** Where it really lies, behind every shim. */
  readonly path: string
  /** What the packages of an environment depend on: implementation, minor version and platform. */
  readonly tag: string
}

/** The oldest Python that the server of the runtime and today's packages run on. */
const oldest = '3.9.0'

/** A Python starts in a tenth of a second; this is for a machine that does a great deal else. */
const answersWithinMs = 30_000

const question = `
import json, platform, sys, sysconfig
version = "%d.%d.%d" % sys.version_info[:3]
tag = "%s-%d.%d-%s" % (platform.python_implementation().lower(), sys.version_info[0], sys.version_info[1], sysconfig.get_platform())
print(json.dumps({"path": sys.executable, "version": version, "tag": tag}))`

/**
 * The Python of this machine: what SLUICE_PYTHON names, else the first of python3 and python on the PATH that is new
 * enough.
 * @throws Problem `python-missing`
 */
export async function findInterpreter(env: NodeJS.ProcessEnv): Promise<Interpreter> {
  const named = env['SLUICE_PYTHON']
  const candidates =
    named === undefined
      ? ['python3', 'python'].map((name) => ({ name, command: name }))
      : [{ name: 'what SLUICE_PYTHON names', command: named }]
  const found: string[] = []
  for (const { name, command } of candidates) {
    const answer = await ask(command, env)
    if (typeof answer === 'string') found.push(`${name} ${answer}`)
    else if (semver.gte(answer.version, oldest)) return answer
    else found.push(`${name} is Python ${answer.version}`)
  }
  throw new Problem(
    'python-missing',
    `a version of the python runtime needs Python 3.9 or newer, and there is none: ${found.join(', ')}; install it, or name one with SLUICE_PYTHON`,
  )
}

async function ask(
  command: string,
  env: NodeJS.ProcessEnv,
): Promise<string | (Interpreter & { readonly version: string })> {
  const signal = AbortSignal.timeout(answersWithinMs)
  const ended = await runToEnd(command, ['-c', question], { env, signal }).catch(() => ({ stdout: '' }))
  if (ended === undefined) return 'is not there'
  try {
    const { path, version, tag } = JSON.parse(ended.stdout)
    return { path, version, tag }
  } catch {
    return 'does not run'
  }
}
