import type { SignatureV4 } from '@smithy/signature-v4'
import type { Outputs } from './cdk.ts'

type Credentials = ConstructorParameters<typeof SignatureV4>[0]['credentials']

/** How a platform was deployed, and how it is called. */
export interface Door {
  /** The stack, and what begins the names of all that the platform makes. */
  readonly stack: string
  readonly platformName: string
  readonly gateway: 'HTTP' | 'REST'
  readonly callers: 'iam' | 'keys'
}

/** Where platforms are deployed: an account of AWS, or what stands in for one. */
export interface Place {
  /** For people, in what was measured. */
  readonly name: string
  /** What every client of the AWS SDK is made with. */
  readonly client: {
    readonly region: string
    readonly credentials: Credentials
    readonly endpoint?: string
  }
  /** The longest that a release may take here: that of the first version builds its runtime. */
  readonly patienceMs: number
  /** How long it takes until a rule that was switched off is off everywhere. */
  readonly settlingMs: number
  /** Makes every AWS client, of this process or another, speak to it. */
  readonly environment: Readonly<Record<string, string>>
  /** What `sluice teardown` cannot look at here, since there is none of it. */
  readonly lacks?: RegExp
  /** The machine that a platform's name leads to, where the name itself leads nowhere. */
  readonly machine?: string
  /** Where a platform answers. @param outputs of the stack by which it was deployed */
  addressOf(outputs: Outputs): string
  /** Where the command is told that the platform is. */
  commandAddressOf(apiUrl: string, door: Door): string
  /** What a bucket of models still needs after the deployment. */
  prepareStore(bucket: string): Promise<void>
}
