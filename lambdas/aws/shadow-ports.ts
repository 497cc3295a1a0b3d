import { S3Client } from '@aws-sdk/client-s3'
import type { Ports } from '../ports.ts'
import { routingPorts } from './routing-ports.ts'
import { S3Monitoring } from './s3-monitoring.ts'
import { setting } from './settings.ts'

/** What the function needs that asks shadows. */
export function shadowPorts(): Pick<Ports, 'registry' | 'host' | 'clock' | 'random' | 'monitoring'> {
  const { registry, host, clock, random } = routingPorts()
  return { registry, host, clock, random, monitoring: new S3Monitoring(new S3Client(), setting('bucket')) }
}
