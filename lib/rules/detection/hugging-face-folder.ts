import { z } from 'zod'
import type { Detector, Layout, Listing, Misfit } from './layout.ts'

const config = 'config.json'
const description = z.looseObject({
  model_type: z.string().optional(),
  architectures: z.array(z.string()).nullish(),
})

/** `save_pretrained`: a `config.json` that names a model type, and weights beside it. */
export const huggingFaceFolder: Detector = {
  name: 'hugging-face',
  runtimes: ['python'],
  signs: [config],
  what: 'a Hugging Face model',
  speaksFor: 'folder',
  heads: (paths) => paths.filter((path) => path === config),
  detect: (listing) => (listing.paths.includes(config) ? [huggingFaceLayout(listing) ?? []].flat() : []),
}

/** @returns undefined where config.json is somebody else's */
function huggingFaceLayout({ paths, heads }: Listing): Layout | Misfit | undefined {
  const { model_type: type, architectures } = configIn(heads.get(config) ?? '') ?? {}
  if (type === undefined && architectures == null) return undefined
  const weights = paths.filter((path) => !path.includes('/') && path.endsWith('.safetensors'))
  const what = architectures?.[0] ?? type
  if (weights.length > 0)
    return {
      runtime: 'python',
      entry: config,
      because: `${config} names ${what}, and there is ${weights[0]}`,
    }
  const pickled = paths.find((path) => /^pytorch_model.*\.bin$/.test(path))
  return {
    entry: config,
    misfit:
      pickled === undefined
        ? `${config} names ${what}, and there is no .safetensors file beside it`
        : `${pickled} is a pickle, which runs code as it is loaded; save it anew with safe_serialization=True`,
  }
}

function configIn(text: string): z.output<typeof description> | undefined {
  try {
    return description.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
