import { delimiter, dirname } from 'node:path'
import { findInterpreter } from '../../local/environments/python/interpreter.ts'
import { uvProgram } from './emulator/python-with.ts'

/**
 * The variables with which environments are made here: the machine's own and a uv on the PATH. Undefined where there
 * is no Python for it: then one line says why, and the tests that need one are skipped. Where CI is set, they fail.
 */
export async function pythonOrReason(): Promise<NodeJS.ProcessEnv | undefined> {
  try {
    await findInterpreter(process.env)
    const uv = dirname(await uvProgram())
    return { ...process.env, PATH: `${uv}${delimiter}${process.env['PATH']}` }
  } catch (error) {
    if (process.env['CI'] !== undefined) throw error
    const [reason] = String(error).split('\n')
    process.stderr.write(`no Python environments can be made, so their tests are skipped: ${reason}\n`)
    return undefined
  }
}
