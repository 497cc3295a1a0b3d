import { refusalOfNpm } from '../../../lib/rules/node/npm-refusals.ts'
import { Problem } from '../../../lib/rules/problem.ts'
import { runToEnd } from '../python/run-to-end.ts'

interface NpmCall {
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  readonly signal: AbortSignal
}

/**
 * Run the npm of this machine, with the settings that it has here: which registry, and who asks.
 * @throws Problem `environment-failed` with npm's own reason; the system's error where the disk is full
 */
export async function runNpm(args: readonly string[], { env, cwd, signal }: NpmCall): Promise<void> {
  // What a package would do while it is installed is done by nobody.
  const always = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error']
  const plain = { ...env, NO_COLOR: '1', npm_config_update_notifier: 'false', NODE_ENV: undefined }
  const ended = await runToEnd('npm', [...args, ...always], { env: plain, cwd, signal })
  if (ended === undefined)
    throw new Problem(
      'environment-failed',
      'npm, which installs packages of JavaScript, is not on the PATH: install it, start the platform again, and push again',
    )
  if (!ended.ok) throw refusalOfNpm(ended.stderr)
}
