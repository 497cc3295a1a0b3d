import type { Outputs } from '../harness/deployed/cdk.ts'
import type { Door, Place } from '../harness/deployed/place.ts'
import { type Emulator, emulated } from '../harness/emulator/ministack.ts'
import { lockObjects } from './deploy.ts'

/** The emulator, as a place where platforms are deployed. */
export function emulatorPlace(emulator: Pick<Emulator, 'endpoint' | 'environment'>): Place {
  const { region, credentials } = emulated
  return {
    name: 'the emulator',
    client: { region, credentials, endpoint: emulator.endpoint },
    patienceMs: 240_000,
    settlingMs: 0,
    environment: emulator.environment,
    lacks: /^(?:SageMaker|scaling targets)/,
    // An API's name ends in .localhost, which not every machine resolves.
    machine: '127.0.0.1',
    addressOf: ({ ApiUrl = '' }: Outputs) => onEmulator(emulator.endpoint, ApiUrl),
    // The emulator keeps /health for itself, unless a stage is named.
    commandAddressOf: (apiUrl: string, { gateway }: Door) =>
      gateway === 'HTTP' ? `${apiUrl}/$default` : apiUrl,
    prepareStore: (bucket) => lockObjects(emulator, bucket),
  }
}

/** The address of a REST API is put together by the template, of AWS's own domain, which does not lead here. */
function onEmulator(endpoint: string, url: string): string {
  const suffix = `.execute-api.${emulated.region}.amazonaws.com`
  const { host, protocol, pathname } = new URL(url)
  if (!host.endsWith(suffix)) return url
  const api = host.slice(0, -suffix.length)
  return `${protocol.replace('https', 'http')}//${api}.execute-api.localhost:${new URL(endpoint).port}${pathname}`
}
