import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import semver from 'semver'
import { Problem } from '../../../lib/rules/problem.ts'
import { refusalOfUv } from '../../../lib/rules/python/uv-refusals.ts'
import { withoutPlaces } from '../../../lib/rules/server-log.ts'
import type { Home } from '../../home.ts'
import type { Interpreter } from './interpreter.ts'
import { pipSettingsForUv } from './pip-settings.ts'
import { runToEnd } from './run-to-end.ts'

/** The versions of uv whose options and answers are known here. */
const range = '>=0.9 <1'

/** What a call of uv may tell while it lasts. */
export interface UvCall {
  readonly signal: AbortSignal
  readonly onLine?: (line: string) => void
  /** Requirements that are not the user's: named where they are part of a conflict. */
  readonly serverNeeds?: readonly string[]
}

/** The program that resolves and installs packages: uv, with what pip was told about where packages come from. */
export class Uv {
  readonly #command: string
  readonly #env: NodeJS.ProcessEnv

  private constructor(command: string, env: NodeJS.ProcessEnv) {
    this.#command = command
    this.#env = env
  }

  /**
   * The uv on the PATH, or one of our own below the home's cache, which is got from the package index once.
   * @param drafts a folder for what is not whole yet, on the disk of the home
   * @throws Problem `python-missing`, `environment-failed`
   */
  static async find(
    { home, drafts }: { readonly home: Home; readonly drafts: string },
    python: Interpreter,
    env: NodeJS.ProcessEnv,
    { signal, onInstall }: { readonly signal: AbortSignal; readonly onInstall: () => void },
  ): Promise<Uv> {
    const own = join(home.cache, 'uv')
    const ownCommand = join(own, 'bin', 'uv')
    const present = ['uv', ownCommand]
    const fitting = await Promise.all(present.map((command) => fits(command, env)))
    const settings = {
      ...env,
      ...(await pipSettingsForUv(python, env)),
      NO_COLOR: '1',
      UV_NO_PROGRESS: '1',
      UV_PYTHON_DOWNLOADS: 'never',
      // Hashes are the identity of what is installed: no setting of the machine turns them off.
      UV_NO_VERIFY_HASHES: undefined,
    }
    const command = present[fitting.indexOf(true)]
    if (command !== undefined) return new Uv(command, settings)
    onInstall()
    const draft = join(drafts, `draft-${randomUUID()}`)
    try {
      await installed(draft, python, env, signal)
      await rm(own, { recursive: true, force: true })
      await mkdir(home.cache, { recursive: true })
      await rename(draft, own)
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
    return new Uv(ownCommand, settings)
  }

  /** @throws Problem `environment-failed` with uv's own reason; the system's error where the disk is full */
  async run(args: readonly string[], { signal, onLine, serverNeeds }: UvCall): Promise<void> {
    // Away from every project: a pyproject.toml around the home is no part of what was asked for.
    const where = { env: this.#env, cwd: tmpdir(), signal }
    const ended = await runToEnd(this.#command, args, { ...where, ...(onLine !== undefined && { onLine }) })
    if (ended?.ok !== true) throw refusalOfUv(ended?.stderr ?? 'error: uv is not there any more', serverNeeds)
  }
}

async function fits(command: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const ended = await runToEnd(command, ['--version'], { env })
  const version = semver.coerce(/^uv (\S+)/.exec(ended?.stdout ?? '')?.[1])
  return version !== null && semver.satisfies(version, range)
}

async function installed(
  folder: string,
  { path }: Interpreter,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<void> {
  const made = await runToEnd(path, ['-m', 'venv', folder], { env, signal })
  if (made?.ok !== true) {
    refuseFullDisk(made?.stderr ?? '')
    throw new Problem(
      'python-missing',
      'the Python that was found cannot make environments; install its venv and pip modules (apt install python3-venv on Debian and Ubuntu), or put uv on the PATH',
    )
  }
  const wanted = `uv${range.replace(' ', ',')}`
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', wanted]
  const got = await runToEnd(join(folder, 'bin', 'python'), pip, { env, signal })
  if (got?.ok === true) return
  refuseFullDisk(got?.stderr ?? '')
  const last = got?.stderr.split('\n').findLast((line) => line.startsWith('ERROR: ')) ?? 'it gave no reason'
  throw new Problem(
    'environment-failed',
    `uv, which installs the packages, could not be got from the package index by pip: ${withoutPlaces(last.replace('ERROR: ', '').replaceAll(/https?:\/\/\S+/g, '…'))}; look at this machine's network, or put uv on the PATH`,
  )
}

function refuseFullDisk(stderr: string): void {
  if (/No space left on device/.test(stderr)) throw refusalOfUv(stderr)
}
