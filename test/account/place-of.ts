import { callerCredentials } from '../../cli/aws/credentials.ts'
import { emulatorPlace } from '../emulator/emulator-place.ts'
import type { Place } from '../harness/deployed/place.ts'
import { emulated } from '../harness/emulator/ministack.ts'

/** The account that the caller's credentials are of, or the emulator that answers there. */
export function placeOf(region: string, endpoint: string | undefined): Place {
  if (endpoint !== undefined) {
    const { accessKeyId, secretAccessKey } = emulated.credentials
    return emulatorPlace({
      endpoint,
      environment: {
        AWS_ENDPOINT_URL: endpoint,
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      },
    })
  }
  return {
    name: `AWS, ${region}`,
    client: { region, credentials: callerCredentials() },
    // The first release waits for CodeBuild to find a machine, to build and to push.
    patienceMs: 1_200_000,
    settlingMs: 60_000,
    environment: { AWS_REGION: region, AWS_DEFAULT_REGION: region },
    addressOf: ({ ApiUrl = '' }) => ApiUrl.replace(/\/$/, ''),
    commandAddressOf: (apiUrl) => apiUrl,
    prepareStore: async () => {},
  }
}
