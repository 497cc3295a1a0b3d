import { readJsonRecords } from '../../lib/rules/request-records.ts'
import { requestValidator } from '../../lib/rules/request-validation.ts'
import type { Signature } from '../../lib/rules/signature.ts'

/** What a server is sent where a caller sends this. */
export function canonicalBody(body: unknown, signature: Signature): string {
  const records = requestValidator(signature)(readJsonRecords(body, signature))
  const columns = signature.inputs.map(({ name }) => [name, records.map((record) => record[name])])
  return JSON.stringify({ inputs: Object.fromEntries(columns) })
}
