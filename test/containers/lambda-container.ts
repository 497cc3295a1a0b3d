import type { Engine } from '../harness/containers/engine.ts'
import { runtimeInterfaceEmulator } from '../harness/containers/runtime-interface-emulator.ts'
import type { Pod } from './pod.ts'

/** Where the emulator takes events. The server's own port is taken: they share a loopback. */
const door = '127.0.0.1:9000'
export const functionUrl = `http://${door}/2015-03-31/functions/function/invocations`

/** The event of an HTTP API, payload format 2.0, for POST /invocations. */
export function eventOf(body: string, isBase64Encoded = false) {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/invocations',
    rawQueryString: '',
    headers: { 'content-type': 'application/json' },
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: {
        method: 'POST',
        path: '/invocations',
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: 'test',
      },
      requestId: 'request',
      routeKey: '$default',
      stage: '$default',
      time: '23/Nov/2026:12:00:00 +0000',
      timeEpoch: 1795435200000,
    },
    body,
    isBase64Encoded,
  }
}

/** The same image with AWS's emulator before its own entrypoint, which is all that makes it a Lambda. */
export async function startLambda(
  engine: Engine,
  pod: Pod,
  image: string,
  timeoutSeconds = 30,
): Promise<string> {
  const inspected = await engine.docker('inspect', '--format', '{{json .Config}}', image)
  const { Entrypoint, Cmd } = JSON.parse(inspected)
  const emulator = '/emulator/aws-lambda-rie'
  const flags = [
    `--volume=${await runtimeInterfaceEmulator()}:${emulator}:ro`,
    `--entrypoint=${emulator}`,
    '--tmpfs=/tmp',
    `--env=AWS_LAMBDA_FUNCTION_TIMEOUT=${timeoutSeconds}`,
  ]
  const args = ['--runtime-interface-emulator-address', door, ...(Entrypoint ?? []), ...(Cmd ?? [])]
  return pod.start(image, flags, args)
}
