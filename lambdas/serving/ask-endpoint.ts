import type { Endpoint } from '../../lib/rules/model-version.ts'
import type { InputRecord } from '../../lib/rules/request-records.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import type { EndpointAnswer, Ports } from '../ports.ts'

/** What every endpoint of Sluice's own runtimes is sent: columns by input name, one value a record. */
export function canonicalBody(records: readonly InputRecord[], { inputs }: Signature): string {
  const columns = inputs.map(({ name }) => [name, records.map((record) => record[name])])
  return JSON.stringify({ inputs: Object.fromEntries(columns) })
}

/** Ask an endpoint for predictions. The answer is `{"predictions": […]}`, one entry a record. */
export function askEndpoint(
  { host }: Pick<Ports, 'host'>,
  version: { readonly endpoint: Endpoint; readonly signature: Signature; readonly timeoutSeconds: number },
  records: readonly InputRecord[],
): Promise<EndpointAnswer> {
  return host.invoke(version.endpoint, {
    body: canonicalBody(records, version.signature),
    contentType: 'application/json',
    timeoutMs: version.timeoutSeconds * 1000,
  })
}
