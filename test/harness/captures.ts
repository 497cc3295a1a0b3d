import type {
  CapturedRange,
  CaptureStanding,
  CaptureStore,
  MonitoringStore,
} from '../../lambdas/monitoring-ports.ts'
import { captureLines, parseCapturedRecord } from '../../lib/rules/capture/capture-lines.ts'
import type { CapturedCall, CapturedRecord } from '../../lib/rules/capture/captured-call.ts'

/** Where no version asks to be recorded: whoever does finds out. */
export const nothingCaptured: Pick<CaptureStore, 'take'> = {
  take: ({ model, version }) => {
    throw new Error(`${model} ${version} was recorded, and nothing was to be`)
  },
}

/** Recorded calls in memory, as the lines that a store writes. */
export class MemoryCaptures implements CaptureStore {
  readonly calls: CapturedCall[] = []
  #records: CapturedRecord[] = []

  take(call: CapturedCall): void {
    this.calls.push(call)
    const lines = captureLines(call, new Uint8Array(32)).trimEnd().split('\n')
    this.#records.push(...lines.map(parseCapturedRecord).filter((record) => record !== undefined))
  }

  async *read({ model, version, fromMs, untilMs }: CapturedRange): AsyncGenerator<readonly CapturedRecord[]> {
    const found = this.#of(model, version).filter(
      ({ at }) => Date.parse(at) >= fromMs && Date.parse(at) < untilMs,
    )
    if (found.length > 0) yield found
  }

  async standing(model: string): Promise<readonly CaptureStanding[]> {
    const ofModel = this.calls.filter((call) => call.model === model)
    return [...Map.groupBy(ofModel, ({ version }) => version)].map(([version, calls]) => ({
      ...{ version, written: calls.length, lost: 0, interruptions: 0 },
    }))
  }

  async forget({ model, version, beforeMs }: Parameters<CaptureStore['forget']>[0]): Promise<void> {
    const old = new Set(this.#of(model, version).filter(({ at }) => Date.parse(at) < beforeMs))
    this.#records = this.#records.filter((record) => !old.has(record))
  }

  #of(model: string, version: string): CapturedRecord[] {
    return this.#records.filter((record) => record.model === model && record.version === version)
  }
}

/** Documents of monitoring in memory. */
export class MemoryMonitoring implements MonitoringStore {
  readonly #texts = new Map<string, string>()

  async read(key: string): Promise<string | undefined> {
    return this.#texts.get(key)
  }

  async write(key: string, text: string): Promise<void> {
    this.#texts.set(key, text)
  }

  async list(prefix: string): Promise<readonly string[]> {
    return [...this.#texts.keys()].filter((key) => key.startsWith(prefix)).sort()
  }

  async remove(key: string): Promise<void> {
    this.#texts.delete(key)
  }
}
