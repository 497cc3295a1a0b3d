import { refuseOtherThanContract } from '../../lib/rules/container/sagemaker-contract.ts'
import { serverAddress } from '../../lib/rules/container/server-address.ts'
import type { Recognised } from '../../lib/rules/detection/recognise.ts'
import type { Manifest } from '../../lib/rules/manifest.ts'
import type { InspectedFile, Inspection } from './inspection.ts'

/**
 * Find out how the server of an image is asked. It need not say what it takes and answers: then it gets every request
 * as it comes.
 * @throws Problem `host-unable` where it is asked at places that its host does not know
 */
export async function inspectContainer(
  { because }: Recognised,
  _files: readonly InspectedFile[],
  { host, signature, container }: Manifest,
): Promise<Inspection> {
  refuseOtherThanContract(host, container)
  const { port, predict, readiness } = serverAddress(container)
  const asked = `asked at port ${port} by POST ${predict}, ready when GET ${readiness} says 200`
  const found = `${because}; its server is ${asked}`
  return signature === undefined
    ? { signatureOrigin: 'none', found }
    : { signature, signatureOrigin: 'written', found }
}
