import { existsSync, readFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import type { Runtime } from '../lib/rules/manifest.ts'
import type { Home } from './home.ts'
import type { Launch } from './model-process.ts'

const templates = join(import.meta.dirname, '..', 'model-templates')

/** What the image folder says of an image beside it; a model of ONNX needs nothing said. */
interface ImageFacts {
  readonly runtime: Runtime
  readonly environment?: string
}

/** How the server that many ONNX models share is started. */
export function onnxLaunch(memoryMb = Math.max(2048, totalmem() / 2 ** 21)): Launch {
  return {
    command: process.execPath,
    args: [join(templates, 'onnx', 'serve.mjs')],
    env: {},
    memoryMb,
  }
}

/** How the server of one version is started, where its runtime gives each a process of its own. */
export function ownLaunch(home: Home, image: string, memoryMb: number): Launch | undefined {
  const place = `${image}.json`
  if (!existsSync(place)) return undefined
  const { runtime, environment = '' } = JSON.parse(readFileSync(place, 'utf8')) as ImageFacts
  if (runtime !== 'python') return undefined
  return {
    command: join(home.root, 'environments', environment, 'bin', 'python'),
    args: [join(templates, 'python', 'serve.py')],
    env: { MODEL_DIR: image, VERSION_FILE: place },
    memoryMb,
  }
}
