import { Sha256 } from '@smithy/core/checksum'
import { HttpRequest } from '@smithy/core/transport'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Place } from '../harness/deployed/place.ts'

const versions = { sts: '2011-06-15', monitoring: '2010-08-01' } as const

/**
 * Ask STS or CloudWatch: four questions in all, for which the project carries no client of either.
 * @returns the answer, XML @throws Error with what the service said
 */
export async function ask(
  { client: { region, credentials, endpoint } }: Pick<Place, 'client'>,
  service: keyof typeof versions,
  parameters: Readonly<Record<string, string>>,
): Promise<string> {
  const url = new URL(endpoint ?? `https://${service}.${region}.amazonaws.com`)
  const body = new URLSearchParams({ ...parameters, Version: versions[service] }).toString()
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 })
  const { headers } = await signer.sign(
    new HttpRequest({
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: '/',
      headers: { host: url.host, 'content-type': 'application/x-www-form-urlencoded' },
      body,
    }),
  )
  const answer = await fetch(`${url.origin}/`, { method: 'POST', headers, body })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${service} answered ${answer.status}: ${text.slice(0, 500)}`)
  return text
}

/** Every value of an element, in the order of the document. */
export function valuesOf(xml: string, element: string): string[] {
  return [...xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'))].map(([, value = '']) => value)
}
