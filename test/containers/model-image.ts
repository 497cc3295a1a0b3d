import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from '../harness/containers/engine.ts'

/** The image of a version: its runtime's, and one layer with the artifact. @returns the image's digest */
export async function modelImage(
  engine: Engine,
  runtimeImage: string,
  model: string | Uint8Array,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-model-'))
  try {
    await writeFile(join(folder, 'model.onnx'), model)
    const steps = `FROM ${runtimeImage}\nCOPY model.onnx /opt/sluice/model/model.onnx\n`
    await writeFile(join(folder, 'Dockerfile'), steps)
    return await engine.docker('build', '--quiet', folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
