import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { captureLines } from '../../lib/rules/capture/capture-lines.ts'
import type { CapturedCall } from '../../lib/rules/capture/captured-call.ts'
import { notRecorded } from '../../lib/wiring/capture-layout.ts'
import type { CaptureStore } from '../monitoring-ports.ts'
import { capturePartition } from './capture-counts.ts'
import { captureKey } from './capture-key.ts'

/** A line of a function's log is cut at 256 KB. */
const longestLine = 256_000
const noKey = new Uint8Array()

export interface LoggedCapturesProps {
  readonly client: DynamoDBDocumentClient
  readonly table: string
  /** @default the function's log */
  readonly write?: (line: string) => void
}

/**
 * Recorded calls as lines of the router's log, from where a subscription takes them into the store: no call waits for
 * that, and a function that is frozen the moment it has answered has nothing left to send.
 */
export class LoggedCaptures implements Pick<CaptureStore, 'take'> {
  readonly #props: Required<LoggedCapturesProps>
  #key: Promise<Uint8Array> | undefined

  constructor({ write = (line) => process.stdout.write(line), ...props }: LoggedCapturesProps) {
    this.#props = { ...props, write }
  }

  take(call: CapturedCall): void {
    if (call.plan.hash.length === 0) this.#write(call, noKey)
    else
      this.#hashingKey().then(
        (key) => this.#write(call, key),
        (fault: unknown) => {
          // Values that are to be hashed are never written as they are.
          this.#key = undefined
          this.#lose(call, 1, fault)
        },
      )
  }

  #hashingKey(): Promise<Uint8Array> {
    this.#key ??= captureKey(this.#props.client, this.#props.table)
    return this.#key
  }

  #write(call: CapturedCall, key: Uint8Array): void {
    try {
      const lines = captureLines(call, key).trimEnd().split('\n')
      const [kept, long] = [[] as string[], [] as string[]]
      for (const line of lines) (Buffer.byteLength(line) > longestLine ? long : kept).push(line)
      for (const line of kept) this.#props.write(`${line}\n`)
      if (long.length > 0) this.#lose(call, long.length, `longer than ${longestLine} bytes`)
    } catch (fault) {
      this.#lose(call, 1, fault)
    }
  }

  #lose({ model, version, requestId }: CapturedCall, records: number, fault: unknown): void {
    console.error(`${records} of ${model} ${version} ${notRecorded} (${requestId})`, fault)
    this.#props.client
      .send(
        new UpdateCommand({
          TableName: this.#props.table,
          Key: { pk: capturePartition(model), sk: version },
          UpdateExpression: 'ADD lost :n',
          ExpressionAttributeValues: { ':n': records },
        }),
      )
      .catch((error: unknown) => console.error('a loss was not counted', error))
  }
}
