import { type FrozenArtifact, manifestFile } from '../../lib/rules/artifact.ts'
import type { Manifest } from '../../lib/rules/manifest.ts'
import { fillManifest, parseManifest, writtenKeys } from '../../lib/rules/manifest-text.ts'
import { readOnnxSignature } from '../../lib/rules/onnx-signature.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { recognise } from '../../lib/rules/runtime-detection.ts'
import { agreedSignature, describeFields, type Signature } from '../../lib/rules/signature.ts'
import { note, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step } from '../step.ts'

/** Find out what the artifact is: its runtime, its manifest with every default in place, its signature. */
export const inspectArtifact =
  (ports: Ports): Step =>
  async ({ operation: id }) => {
    const { model, version } = await operationOf(ports, id)
    const artifact = (await ports.registry.version(model, version))?.artifact
    if (artifact === undefined) throw new Problem('platform-fault', 'the artifact was not frozen')
    const facts = await inspect({ model, version }, artifact.files, async (path) => {
      const file = artifact.files.find((one) => one.path === path)
      return file === undefined ? undefined : ports.store.read(file)
    })
    const seen = { state: 'CREATING', owner: id } as const
    await ports.registry.changeVersion(model, { version, seen, facts })
    await note(
      ports,
      id,
      {},
      `recognised ${facts.manifest.runtime}: ${describeFields(facts.signature.inputs)}`,
    )
    return {}
  }

/** What inspection finds; `sluice check` shows the same, by the same function. */
export interface Inspected {
  readonly manifest: Manifest
  readonly signature: Signature
}

/**
 * Inspect a release, wherever its files lie.
 * @param read gives a file's bytes, or undefined where there is none
 * @throws Problem whatever is wrong with it
 */
export async function inspect(
  place: { readonly model: string; readonly version: string },
  files: FrozenArtifact['files'] | readonly { readonly path: string }[],
  read: (path: string) => Promise<Uint8Array | undefined>,
): Promise<Inspected & ReturnType<typeof fillManifest>> {
  const paths = files.map(({ path }) => path)
  const bytes = await read(manifestFile)
  const text = bytes === undefined ? '' : new TextDecoder().decode(bytes)
  const written = parseManifest(text)
  const { runtime, entry } = recognise(paths, written.runtime)
  const filled = fillManifest(written, { ...place, runtime }, writtenKeys(text))
  refuseMissingExamples(filled.manifest, paths)
  const signature = agreedSignature(
    readOnnxSignature((await read(entry)) ?? new Uint8Array()),
    written.signature,
  )
  return { ...filled, signature }
}

function refuseMissingExamples({ examples }: Manifest, paths: readonly string[]): void {
  const errors = examples.flatMap((example, i) =>
    (['request', 'expect'] as const).flatMap((key) => {
      const path = example[key]
      if (path === undefined || paths.includes(path)) return []
      return [
        {
          pointer: `/examples/${i}/${key}`,
          found: `'${path}', which is not there`,
          allowed: 'a file of the release',
        },
      ]
    }),
  )
  if (errors.length > 0)
    throw new Problem('manifest-invalid', 'the manifest names examples that were not uploaded', errors)
}
