import { parse } from 'yaml'
import { z } from 'zod'
import type { Detector, Layout, Listing, Misfit } from './layout.ts'

/** The metadata of a pin, as the pins packages of R and of Python write them: one file, or several. */
const metadata = z.looseObject({
  file: z.union([z.string(), z.array(z.string())]),
  type: z.string(),
  api_version: z.number(),
  user: z.looseObject({}).nullish(),
})

/** `BOARD/NAME/20251120T223814Z-3b134/data.txt`, or any part of that which somebody took along. */
const pinned = /^(?:[^/]+\/){0,2}(?:\d{8}T\d{6}Z-[0-9a-f]{5}\/)?data\.txt$/

/** A version of a model in a board of pins, as vetiver writes it. */
export const pinnedModel: Detector = {
  name: 'pin',
  runtimes: ['python', 'r'],
  signs: ['data.txt'],
  what: 'a vetiver model in a pins board',
  speaksFor: 'folder',
  heads: (paths) => paths.filter((path) => pinned.test(path)),
  detect: ({ paths, heads }: Listing) => {
    const pins = paths.filter((path) => pinned.test(path) && metadataIn(heads.get(path) ?? '') !== undefined)
    if (pins.length > 1) return [severalPins(pins)]
    return pins.flatMap((path) => pinLayout(path, paths, heads.get(path)) ?? [])
  },
}

function severalPins(pins: readonly string[]): Misfit {
  const folders = pins.map((path) => path.slice(0, -'/data.txt'.length) || '.').toSorted()
  const named = `${folders.slice(0, 5).join(', ')}${folders.length > 5 ? ', …' : ''}`
  return {
    entry: pins[0] ?? '',
    misfit: `the board holds ${pins.length} versions of pins, ${named}; a release is one of them: bring its folder alone`,
  }
}

/** @returns undefined where it is a text of that name and no pin */
function pinLayout(path: string, paths: readonly string[], text = ''): Layout | Misfit | undefined {
  const pin = metadataIn(text)
  if (pin === undefined) return undefined
  const folder = path.slice(0, -'data.txt'.length)
  const named = [pin.file].flat().map((file) => `${folder}${file}`)
  const missing = named.find((file) => !paths.includes(file))
  if (missing !== undefined) return { entry: path, misfit: `${path} names ${missing}, which is not there` }
  const [entry = ''] = named
  if (named.length > 1)
    return { entry: path, misfit: `${path} names ${named.length} files, and a vetiver model is one` }
  const because = `${path} names a pin of the type ${pin.type}`
  if (pin.type === 'rds') return { runtime: 'r', entry, because }
  if (pin.type === 'joblib') return { runtime: 'python', entry, because }
  return { entry: path, misfit: `${because}, and rds (of R) or joblib (of Python) is needed` }
}

function metadataIn(text: string): z.output<typeof metadata> | undefined {
  try {
    return metadata.safeParse(parse(text)).data
  } catch {
    return undefined
  }
}
