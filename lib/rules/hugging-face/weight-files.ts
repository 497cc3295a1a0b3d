import { z } from 'zod'
import { Problem } from '../problem.ts'

const onlyFile = 'model.safetensors'
/** Says which of several files has which tensor. */
export const weightIndex = 'model.safetensors.index.json'

const description = z.looseObject({ weight_map: z.record(z.string(), z.string()) })

/**
 * The files that hold the weights of a folder: the one, where it is there, as transformers takes it.
 * @param index the text of `weightIndex`, where it is there
 * @throws Problem `artifact-corrupt` where it names a file that is not
 */
export function weightFiles(paths: readonly string[], index: string | undefined): readonly string[] {
  if (paths.includes(onlyFile) || index === undefined) return [onlyFile]
  const map = mapIn(index)
  if (map === undefined)
    throw new Problem(
      'artifact-corrupt',
      `${weightIndex} does not say which file has which tensor; save the folder anew`,
    )
  const named = [...new Set(Object.values(map))].toSorted()
  const missing = named.find((file) => !paths.includes(file))
  if (missing !== undefined)
    throw new Problem(
      'artifact-corrupt',
      `${weightIndex} names ${missing}, which is not there; upload the whole folder`,
    )
  return named
}

function mapIn(text: string): Readonly<Record<string, string>> | undefined {
  try {
    return description.safeParse(JSON.parse(text)).data?.weight_map
  } catch {
    return undefined
  }
}
