import { execFile, execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pythonWith } from '../harness/emulator/python-with.ts'
import { until } from '../harness/until.ts'
import { freePort, Server } from './server.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..', '..')
export const template = join(root, 'model-templates', 'python')
export const pythonFiles = join(import.meta.dirname, 'python')

/** Why nothing of Python can be tested here: undefined where it can. @throws Error in CI, where it must be */
export const noPython = lackOfPython()

function lackOfPython(): string | undefined {
  try {
    execFileSync('python3', ['-c', 'import ensurepip, venv'], { stdio: 'ignore' })
    return undefined
  } catch {
    const why = 'the python runtime is not tested: there is no python3 with venv here'
    if (process.env['CI']) throw new Error(why)
    console.warn(why)
    return why
  }
}

const server = ['uvicorn==0.54.0', 'httptools==0.9.0', 'orjson==3.13.0']

/** An environment as a user of scikit-learn has it. @returns its python */
export const pythonWithModels = (): Promise<string> =>
  pythonWith('python-models', [...server, 'uvloop==0.23.0', 'scikit-learn==1.9.1', 'skops==0.16.0', 'pandas'])

/** The same for the scripts of SageMaker, with its own toolkit beside it. @returns its python */
export const pythonWithScripts = (): Promise<string> =>
  pythonWith('python-scripts', [...server, 'scikit-learn==1.9.1', 'pandas', 'sagemaker-inference==1.10.1'])

/** An environment that writes pins. @returns its python */
export const pythonWithPins = (): Promise<string> =>
  pythonWith('python-pins', ['vetiver==0.2.6', 'pins==0.9.2', 'scikit-learn==1.9.1', 'pandas==3.1.1'])

/** What people train and save models with, in one environment. @returns its python */
export const pythonWithMakers = (): Promise<string> =>
  pythonWith('python-makers', [
    ...['mlflow==3.17.2', 'scikit-learn==1.9.1', 'skops==0.16.0', 'pandas==3.1.1'],
    ...['xgboost-cpu==3.2.0', 'lightgbm==4.7.0'],
  ])

/** An environment that serves their models: no pandas, no MLflow. @returns its python */
export const pythonWithBoosters = (): Promise<string> =>
  pythonWith('python-boosters', [
    ...server,
    ...['scikit-learn==1.9.1', 'skops==0.16.0', 'xgboost-cpu==3.2.0', 'lightgbm==4.7.0'],
  ])

/**
 * PyTorch as PyPI has it for Linux, with all that it brings for GPUs: 5 GB, so what makes models and what serves them is
 * one environment. @returns its python
 */
export const pythonWithTorch = (): Promise<string> =>
  pythonWith('python-torch', [
    ...server,
    ...['torch==2.15.0', 'numpy', 'transformers==5.24.0', 'mlflow==3.17.2'],
  ])

/** PyTorch from PyPI brings five gigabytes for GPUs: its tests are asked for. */
export const noTorch =
  noPython ??
  (process.env['SLUICE_TEST_TORCH'] === undefined
    ? 'PyTorch is not tested: its packages from PyPI take 5 GB; SLUICE_TEST_TORCH=1 asks for it'
    : undefined)

/** An environment with next to nothing: no NumPy, and none of what makes the server fast. @returns its python */
export const barePython = (): Promise<string> => pythonWith('python-bare', ['uvicorn==0.54.0'])

/** Run a file beside the tests. @returns the JSON it printed */
export async function printed(python: string, file: string, args: readonly string[], cwd: string) {
  const env = { ...process.env, OMP_NUM_THREADS: '1' }
  const options = { cwd, env, maxBuffer: 1 << 26 }
  const { stdout } = await run(python, ['-W', 'ignore', join(pythonFiles, file), ...args], options)
  return stdout === '' ? undefined : JSON.parse(stdout)
}

/** A process of the python server. */
export class PythonServer extends Server {
  /** What it wrote on its standard output. */
  stdout = ''

  private constructor(python: string, args: readonly string[], env: Record<string, string>, at: object) {
    const stdin = args.includes('--socket') ? 'pipe' : 'ignore'
    // Empty is as if it were not there: nobody may rely on it.
    super(
      args,
      { PYTHONUNBUFFERED: '', ...env },
      at,
      [python, join(template, 'serve.py')],
      [stdin, 'pipe', 'pipe'],
    )
    this.child.stdout?.on('data', (chunk) => {
      this.stdout += chunk
    })
  }

  /** Start it as a container does, on a port. @param versionFile none where nothing is known of the model */
  static async started(
    python: string,
    model: string,
    versionFile = join(model, 'no-version.json'),
    env: Readonly<Record<string, string>> = {},
    args: readonly string[] = ['serve'],
  ): Promise<PythonServer> {
    const port = await freePort()
    const place = { MODEL_DIR: model, VERSION_FILE: versionFile, PORT: `${port}` }
    return new PythonServer(python, args, { ...place, ...env }, { port })
  }

  /** Start it as a laptop does, behind a socket. */
  static behind(python: string, socketPath: string, model: string): PythonServer {
    const place = { MODEL_DIR: model, VERSION_FILE: join(model, 'no-version.json') }
    return new PythonServer(python, ['serve', '--socket', socketPath], place, { socketPath })
  }

  override pings(status: number): Promise<unknown> {
    const answers = () => this.ask('GET', '/ping').then((said) => said.status === status)
    // Imports from a disk that was never read take long, and transformers takes three thousand modules.
    return until(`/ping answers ${status}`, () => answers().catch(() => false), 180_000)
  }

  /** Ask for many at once, one canonical request a line. @returns the lines of the answer */
  async invokeLines(lines: readonly unknown[]): Promise<unknown[]> {
    const body = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')
    const sent = this.begin('POST', '/invocations', { headers: { 'content-type': 'application/x-ndjson' } })
    const text = new Promise<string>((done, failed) => {
      sent.on('error', failed)
      sent.on('response', async (response) => {
        let read = ''
        for await (const chunk of response) read += chunk
        if (response.headers['content-type'] !== 'application/x-ndjson') failed(new Error(read))
        done(read)
      })
    })
    sent.end(body)
    return (await text)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  }
}
