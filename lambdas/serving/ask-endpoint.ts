import { setTimeout as pause } from 'node:timers/promises'
import { secondTry } from '../../lib/rules/second-try.ts'
import type { EndpointAnswer, EndpointRequest, Ports } from '../ports.ts'
import type { ReadyVersion } from './ready-version.ts'

/** Ask an endpoint, and once more where it was only starting: within the one deadline. */
export async function askEndpoint(
  host: Ports['host'],
  endpoint: ReadyVersion['endpoint'],
  request: EndpointRequest,
): Promise<EndpointAnswer> {
  const since = performance.now()
  try {
    return await host.invoke(endpoint, request)
  } catch (error) {
    const again = secondTry(error, performance.now() - since, request.timeoutMs)
    if (again === undefined) throw error
    await pause(again.afterMs)
    return host.invoke(endpoint, { ...request, timeoutMs: again.timeoutMs })
  }
}
