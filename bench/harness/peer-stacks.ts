import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { madeOnce } from '../../test/harness/containers/made-once.ts'
import { run } from '../../test/harness/containers/run.ts'
import { pythonWith } from '../../test/harness/emulator/python-with.ts'
import { freePort, startServer } from './processes.ts'
import { cores, oneThread, type Stack } from './stack.ts'

const peers = join(import.meta.dirname, '..', 'peers')

/** What the peers run with, and the model that every stack of scikit-learn serves. */
export interface Peers {
  readonly python: string
  readonly requirements: readonly string[]
  /** The forest, as joblib wrote it. */
  readonly model: string
}

/** Install the peers and train the model; both are made once a checkout. */
export async function preparePeers(): Promise<Peers> {
  const text = await readFile(join(peers, 'requirements.txt'), 'utf8')
  const requirements = text.trim().split('\n')
  const python = await pythonWith('peers', requirements)
  const training = join(peers, 'train.py')
  const key = createHash('sha256')
    .update(text)
    .update(await readFile(training))
    .digest('hex')
  const folder = await madeOnce(`forest-${key.slice(0, 16)}`, async (draft) => {
    await run(python, [training, join(draft, 'model.joblib')])
  })
  return { python, requirements, model: join(folder, 'model.joblib') }
}

/** Of what the peers run with, what the model itself needs. */
export function modelRequirements(requirements: readonly string[]): string[] {
  return requirements.filter((line) => /^(?:joblib|numpy|scikit-learn)==/.test(line))
}

/** How a peer is run, by the python of the peers. */
export interface PeerCommand {
  readonly name: string
  readonly args: (port: number) => readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

/** Flask and FastAPI, one worker each, no access log. */
export function peerCommands({ model }: Peers): PeerCommand[] {
  const gunicorn = (port: number) => [
    ...['-m', 'gunicorn', '--workers', '1', '--worker-class', 'sync', '--log-level', 'warning'],
    ...['--bind', `127.0.0.1:${port}`, '--chdir', peers, 'flask_app:app'],
  ]
  const uvicorn = (port: number) => [
    ...[
      '-m',
      'uvicorn',
      '--loop',
      'uvloop',
      '--http',
      'httptools',
      '--no-access-log',
      '--log-level',
      'warning',
    ],
    ...['--host', '127.0.0.1', '--port', `${port}`, '--app-dir', peers, 'fastapi_app:app'],
  ]
  const environment = { ...oneThread, MODEL: model, PYTHONDONTWRITEBYTECODE: '1' }
  return [
    { name: gunicornStack, args: gunicorn, environment },
    { name: 'FastAPI + uvicorn', args: uvicorn, environment },
  ]
}

export function peerStacks(prepared: Peers): Stack[] {
  return peerCommands(prepared).map(({ name, args, environment }) => ({
    name,
    start: async () => {
      const port = await freePort()
      const server = await startServer(port, prepared.python, args(port), {
        environment,
        core: cores.servers,
      })
      return { ...server, path: '/invocations', fault: async () => undefined }
    },
  }))
}

/** What everything else is a ratio to. */
export const gunicornStack = 'flask + gunicorn'
