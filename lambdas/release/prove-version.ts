import { differences } from '../../lib/rules/golden.ts'
import { type Finding, isProblem, Problem } from '../../lib/rules/problem.ts'
import { requestValidator } from '../../lib/rules/request-validation.ts'
import { parseJson, readJsonBody } from '../../lib/rules/tabular-body.ts'
import { note, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import { askEndpoint } from '../serving/ask-endpoint.ts'
import type { Step } from '../step.ts'

/** Send every golden request of the manifest, before any traffic: each must answer as expected. */
export const proveVersion =
  (ports: Ports): Step =>
  async ({ operation: id }) => {
    const { model, version } = await operationOf(ports, id)
    const { manifest, signature, endpoint, artifact } = (await ports.registry.version(model, version)) ?? {}
    if (!manifest || !signature || !endpoint || !artifact)
      throw new Problem('platform-fault', 'the endpoint was not created')
    const text = async (path: string) => {
      const file = artifact.files.find((one) => one.path === path)
      return file === undefined ? '' : new TextDecoder().decode(await ports.store.read(file))
    }
    const validate = requestValidator(signature)
    const served = { endpoint, signature, timeoutSeconds: manifest.host.timeoutSeconds }
    const prove = async ({
      request,
      expect,
      tolerance,
    }: (typeof manifest.examples)[number]): Promise<Finding[]> => {
      const records = validate(readJsonBody(await text(request), signature))
      const answer = await askEndpoint(ports, served, records)
      const body = new TextDecoder().decode(answer.body)
      if (answer.status !== 200)
        return [
          { pointer: '', found: `status ${answer.status}: ${body.slice(0, 200)}`, allowed: 'status 200' },
        ]
      return expect === undefined
        ? []
        : differences(parseJson(await text(expect), expect), parseJson(body, 'the answer'), tolerance)
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
  return [
    { pointer: '', found: error.message, allowed: 'a request that the signature allows, and an answer' },
  ]
}
