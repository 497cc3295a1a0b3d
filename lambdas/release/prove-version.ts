import { differences } from '../../lib/rules/golden.ts'
import { type Finding, isProblem, Problem } from '../../lib/rules/problem.ts'
import { requestValidator } from '../../lib/rules/request-validation.ts'
import { parseJson } from '../../lib/rules/tabular-body.ts'
import { note, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import { predict } from '../serving/predict.ts'
import type { Step } from '../step.ts'

/** Send every golden request of the manifest, before any traffic: each must answer as expected. */
export const proveVersion =
  (ports: Ports): Step =>
  async ({ operation: id }) => {
    const { model, version } = await operationOf(ports, id)
    const { manifest, signature, endpoint, artifact } = (await ports.registry.version(model, version)) ?? {}
    if (!manifest || !signature || !endpoint || !artifact)
      throw new Problem('platform-fault', 'the endpoint was not created')
    const bytes = async (path: string) => {
      const file = artifact.files.find((one) => one.path === path)
      return file === undefined ? new Uint8Array() : ports.store.read(file)
    }
    const { kind, timeoutSeconds } = manifest.host
    const validate = requestValidator(signature)
    const served = { model, version, endpoint, signature, validate, host: kind, timeoutSeconds }
    const prove = async ({
      request,
      expect,
      tolerance,
    }: (typeof manifest.examples)[number]): Promise<Finding[]> => {
      const { body } = await predict(ports, served, {
        contentType: contentTypeOf(request),
        body: await bytes(request),
      })
      if (expect === undefined) return []
      return differences(parsed(await bytes(expect), expect), parsed(body, 'the answer'), tolerance)
    }
    const failed: Finding[] = []
    for (const [i, example] of manifest.examples.entries()) {
      const found = await prove(example).catch(asFinding)
      failed.push(...found.map((one) => ({ ...one, pointer: `/examples/${i}${one.pointer}` })))
    }
    if (failed.length > 0)
      throw new Problem(
        'golden-check-failed',
        `${model} ${version} did not answer its examples as expected`,
        failed,
      )
    const count = manifest.examples.length
    await note(
      ports,
      id,
      {},
      count === 0 ? 'no examples to prove it by' : `answered ${count} examples as expected`,
    )
    return {}
  }

function asFinding(error: unknown): Finding[] {
  if (!isProblem(error)) throw error
  // Too many calls at once say nothing of the model: the step is tried again.
  if (error.code === 'model-busy') throw new Error(error.message)
  return [
    { pointer: '', found: error.message, allowed: 'a request that the signature allows, and an answer' },
  ]
}

/** A golden request is any body that callers may send: its ending tells which. */
function contentTypeOf(path: string): string {
  if (path.endsWith('.csv')) return 'text/csv'
  if (path.endsWith('.jsonl')) return 'application/jsonlines'
  return path.endsWith('.npy') ? 'application/x-npy' : 'application/json'
}

function parsed(bytes: Uint8Array, what: string): unknown {
  return parseJson(new TextDecoder().decode(bytes), what)
}
