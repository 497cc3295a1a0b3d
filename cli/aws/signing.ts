import { Sha256 } from '@smithy/core/checksum'
import { HttpRequest } from '@smithy/core/transport'
import { SignatureV4 } from '@smithy/signature-v4'
import type { RequestSigner } from '../signed-request.ts'
import { callerCredentials } from './credentials.ts'
import { regionOf } from './region.ts'

/** Signs for API Gateway with Signature Version 4. @throws Problem `usage` where the Region is unknown */
export async function requestSigner(hostname: string): Promise<RequestSigner> {
  const region = await regionOf(hostname)
  const credentials = callerCredentials()
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 })
  return async (url, { method, headers, body }) => {
    const signed = await signer.sign(
      new HttpRequest({
        method,
        hostname: url.hostname,
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: { ...headers, host: url.host },
        body,
      }),
    )
    // fetch writes Host itself, from the same URL.
    const { host: _, ...rest } = signed.headers
    const { accessKeyId } = await credentials()
    return { headers: rest, signedAs: { accessKeyId, region } }
  }
}
