import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { canonicalJson } from '../digest.ts'
import type { InputRecord } from '../request-records.ts'
import type { CapturePlan } from './capture-plan.ts'
import type { AskedRecords, CapturedCall, CapturedRecord, KeptBytes } from './captured-call.ts'

/** A hash is told apart from text by how it begins. 64 bits: a thousand million values, and two are taken for one by 3 %. */
const hashMark = 'hash:'
const hashBytes = 8
const decoder = new TextDecoder()

/**
 * A call as lines of JSON, one a record, each with its line feed.
 * @param key what values are hashed with: without it nobody finds a value by trying them all
 */
export function captureLines(call: CapturedCall, key: Uint8Array): string {
  if (!('records' in call.asked)) return opaqueLine(call)
  const { records } = call.asked
  const [only] = records
  if (records.length === 1 && only !== undefined) return line(call, 0, only, onlyPrediction(call), key)
  const predictions = predictionsOf(call)
  return records.map((record, row) => line(call, row, record, text(predictions?.[row]), key)).join('')
}

function line(
  call: CapturedCall,
  row: number,
  record: InputRecord,
  prediction: string | undefined,
  key: Uint8Array,
): string {
  const { plan, problem } = call
  const isHidden = plan.mask.length > 0 || plan.hash.length > 0
  const inputs = JSON.stringify(isHidden ? hidden(record, plan, key) : record)
  const answered = isHidden ? hiddenPrediction(prediction, call, key) : prediction
  const said = answered === undefined ? '' : `,"prediction":${answered}`
  return `${head(call, row)},"inputs":${inputs}${said}${problem === undefined ? '' : `,"problem":"${problem}"`}}\n`
}

function head({ atMs, requestId, model, version, variant, latencyMs }: CapturedCall, row: number): string {
  const [at, id] = [new Date(atMs).toISOString(), JSON.stringify(requestId)]
  return `{"at":"${at}","requestId":${id},"row":${row},"model":"${model}","version":"${version}","variant":"${variant}","latencyMs":${latencyMs.toFixed(3)}`
}

/** A number, a plain text, or what has a name of its own: written in a line as it stands. */
const plainPrediction = /^(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|"[^"\\\p{Cc}]*"|true|false|null)$/u

/** The prediction of a call of one record, as it stands in the answer: nearly always it need not be parsed. */
function onlyPrediction(call: CapturedCall): string | undefined {
  if (call.answer === undefined) return undefined
  const said = decoder.decode(call.answer)
  const only = said.slice(said.indexOf('[') + 1, said.lastIndexOf(']')).trim()
  return plainPrediction.test(only) ? only : text(predictionsOf(call)?.[0])
}

function predictionsOf({ answer }: CapturedCall): readonly unknown[] | undefined {
  if (answer === undefined) return undefined
  return (JSON.parse(decoder.decode(answer)) as { predictions: unknown[] }).predictions
}

function text(prediction: unknown): string | undefined {
  return prediction === undefined ? undefined : JSON.stringify(prediction)
}

function hidden(record: InputRecord, { mask, hash }: CapturePlan, key: Uint8Array): InputRecord {
  const kept = { ...record }
  for (const name of mask) delete kept[name]
  for (const name of hash) if (name in kept) kept[name] = hashed(kept[name], key)
  return kept
}

/** A bare prediction is that of the one output, whose name it does not carry: hidden where that is. */
function hiddenPrediction(
  prediction: string | undefined,
  { plan }: CapturedCall,
  key: Uint8Array,
): string | undefined {
  if (prediction === undefined) return undefined
  const value: unknown = JSON.parse(prediction)
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return JSON.stringify(hidden(value as InputRecord, plan, key))
  const { onlyOutput } = plan
  if (onlyOutput === undefined) return prediction
  if (plan.mask.includes(onlyOutput)) return undefined
  return plan.hash.includes(onlyOutput) ? JSON.stringify(hashed(value, key)) : prediction
}

/** Equal values have equal hashes. Nothing is nothing, also when it is hashed. */
function hashed(value: unknown, key: Uint8Array): unknown {
  if (value === null || value === undefined) return value
  const mac = hmac(sha256, key, utf8ToBytes(canonicalJson(value)))
  return `${hashMark}${bytesToHex(mac.subarray(0, hashBytes))}`
}

function opaqueLine(call: CapturedCall): string {
  const { contentType, body } = call.asked as Exclude<CapturedCall['asked'], AskedRecords>
  const kept: Pick<CapturedRecord, 'request' | 'answer' | 'problem'> = {
    request: { contentType, ...keptBytes(body) },
    ...(call.answer !== undefined && { answer: keptBytes(call.answer) }),
    ...(call.problem !== undefined && { problem: call.problem }),
  }
  return `${head(call, 0)},${JSON.stringify(kept).slice(1)}\n`
}

function keptBytes(bytes: Uint8Array): Omit<KeptBytes, 'contentType'> {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    let binary = ''
    for (const byte of bytes) binary += String.fromCharCode(byte)
    return { base64: btoa(binary) }
  }
}

/** Read a line again. @returns undefined for what is none, such as the half of one that a crash left */
export function parseCapturedRecord(line: string): CapturedRecord | undefined {
  try {
    const record = JSON.parse(line) as Partial<CapturedRecord> | null
    return typeof record?.at === 'string' && typeof record.requestId === 'string'
      ? (record as CapturedRecord)
      : undefined
  } catch {
    return undefined
  }
}
