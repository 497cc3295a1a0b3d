import { readFile } from 'node:fs/promises'
import { Document, visit } from 'yaml'
import { inspect } from '../../lambdas/release/inspect-artifact.ts'
import { manifestFile } from '../../lib/rules/artifact.ts'
import { requestValidator } from '../../lib/rules/request-validation.ts'
import { describeFields } from '../../lib/rules/signature.ts'
import { parseJson, readJsonBody } from '../../lib/rules/tabular-body.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'
import { type Named, readRelease } from '../release-files.ts'

/** Look at a model without a platform: what it was recognised as, and the whole manifest with where each value came from. */
export async function check({ talk }: Context, path: string, options: Named): Promise<ExitCode> {
  const release = await readRelease(path, options)
  const { model, version } = release
  const files = [...release.files.keys(), ...(release.manifest === '' ? [] : [manifestFile])]
  const read = async (file: string) => {
    if (file === manifestFile) return new TextEncoder().encode(release.manifest)
    const place = release.files.get(file)
    return place === undefined ? undefined : readFile(place)
  }
  const { manifest, signature, origins } = await inspect(
    { model, version },
    files.map((file) => ({ path: file })),
    read,
  )
  const validate = requestValidator(signature)
  for (const { request, expect } of manifest.examples) {
    const text = new TextDecoder().decode(await read(request))
    if (request.endsWith('.json')) validate(readJsonBody(text, signature))
    if (expect !== undefined) parseJson(new TextDecoder().decode(await read(expect)), expect)
  }
  const filled = Object.entries({ ...manifest, signature }).map(([key, value]) => {
    const origin = key === 'signature' ? 'artifact' : (origins[key] ?? 'default')
    return yamlOf(key, value).replace(/$/m, `  # ${origin}`)
  })
  talk.say(`${talk.paint('green', '✔')} ${model} ${version} is a model for the ${manifest.runtime} runtime`)
  talk.say(`  takes ${describeFields(signature.inputs)}`)
  talk.say(`  gives ${describeFields(signature.outputs)}`)
  talk.say()
  talk.data(
    { manifest: { ...manifest, signature }, origins: { ...origins, signature: 'artifact' } },
    filled.join('\n'),
  )
  return exitCode.done
}

/** One field as YAML, what fits a line on one line. */
function yamlOf(key: string, value: unknown): string {
  const document = new Document({ [key]: value })
  visit(document, {
    Collection(_, node, path) {
      node.flow = path.length > 1 && JSON.stringify(node.toJSON()).length < 90
    },
  })
  return document.toString({ flowCollectionPadding: false, lineWidth: 0 }).trimEnd()
}
