import type { ContainerFields } from './container-schema.ts'

/** How a server is asked: the container contract, where a manifest names no other. */
export interface ServerAddress {
  readonly port: number
  /** POST. */
  readonly predict: string
  /** GET: 200 once the model is loaded. */
  readonly readiness: string
}

export const contractAddress: ServerAddress = { port: 8080, predict: '/invocations', readiness: '/ping' }

export function serverAddress(fields: ContainerFields | undefined): ServerAddress {
  return {
    port: fields?.serverPort ?? contractAddress.port,
    predict: fields?.predictEndpoint ?? contractAddress.predict,
    readiness: fields?.readinessEndpoint ?? contractAddress.readiness,
  }
}
