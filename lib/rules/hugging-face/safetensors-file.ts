import { z } from 'zod'
import { Problem } from '../problem.ts'

/** A file of safetensors begins with the length of its description, as an unsigned integer of 64 bits. */
export const lengthBytes = 8
/** The longest description that the format allows. */
const mostDescribedBytes = 100_000_000

const description = z.record(
  z.string(),
  z.looseObject({ data_offsets: z.tuple([z.int(), z.int()]).optional() }),
)

/** How many bytes its length and its description are. @throws Problem `artifact-corrupt` */
export function describedBytes(path: string, start: Uint8Array): number {
  const bytes = new DataView(start.buffer, start.byteOffset, start.byteLength)
  const length = start.length < lengthBytes ? 0n : bytes.getBigUint64(0, true)
  if (length === 0n || length > mostDescribedBytes) throw corrupt(path, 'it is no file of safetensors')
  return lengthBytes + Number(length)
}

/**
 * Whether the file is as long as it says of itself.
 * @param beginning its length and its description @throws Problem `artifact-corrupt`
 */
export function refuseCutTensors(path: string, beginning: Uint8Array, size: number): void {
  const tensors = describedIn(beginning.subarray(lengthBytes))
  if (tensors === undefined) throw corrupt(path, 'what it says of its tensors is no JSON')
  const ends = Object.values(tensors).map(({ data_offsets: offsets }) => offsets?.[1] ?? 0)
  const whole = ends.reduce((most, end) => Math.max(most, end), 0) + beginning.length
  if (whole !== size) throw corrupt(path, `it has ${size} bytes, and ${whole} by what it says of its tensors`)
}

function describedIn(bytes: Uint8Array): z.output<typeof description> | undefined {
  try {
    return description.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data
  } catch {
    return undefined
  }
}

function corrupt(path: string, reason: string): Problem {
  return new Problem(
    'artifact-corrupt',
    `${path} cannot be read: ${reason}; save it again, and compare its size before and after the upload`,
  )
}
