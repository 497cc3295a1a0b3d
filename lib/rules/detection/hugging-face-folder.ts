import { namedIn, textModel } from '../hugging-face/text-model.ts'
import type { Detector, Layout, Listing, Misfit } from './layout.ts'

const config = 'config.json'
const tokenizerConfig = 'tokenizer_config.json'
const tokenizer = 'tokenizer.json'
/** What `save_pretrained` calls its weights: one file, or the list of several. */
const weights = ['model.safetensors', 'model.safetensors.index.json']
/** Programs that load such a folder in their own way. */
const programs = ['predict.py', 'code/inference.py', 'inference.py']

/** `save_pretrained`: a `config.json` that names a model type, and weights beside it. */
export const huggingFaceFolder: Detector = {
  name: 'hugging-face',
  runtimes: ['python'],
  signs: [config],
  what: 'a Hugging Face model',
  speaksFor: 'folder',
  heads: (paths) => paths.filter((path) => path === config || path === tokenizerConfig),
  detect: (listing) =>
    listing.paths.includes(config) && !programs.some((program) => listing.paths.includes(program))
      ? [huggingFaceLayout(listing) ?? []].flat()
      : [],
}

/** @returns undefined where config.json is somebody else's */
function huggingFaceLayout({ paths, heads }: Listing): Layout | Misfit | undefined {
  const text = heads.get(config) ?? ''
  const named = namedIn(text)
  if (named === undefined) return undefined
  const misfit = missingWeights(named, paths)
  if (misfit !== undefined) return { entry: config, misfit }
  const model = textModel(text, heads.get(tokenizerConfig))
  if ('misfit' in model) return { entry: config, misfit: model.misfit }
  if (!paths.includes(tokenizer))
    return {
      entry: config,
      misfit: `${config} names ${named}, and there is no ${tokenizer} beside it, by which texts become numbers; save the tokenizer into the same folder: AutoTokenizer.from_pretrained(NAME).save_pretrained(FOLDER)`,
    }
  const found = weights.find((path) => paths.includes(path))
  return { runtime: 'python', entry: config, because: `${config} names ${named}, and there is ${found}` }
}

function missingWeights(named: string, paths: readonly string[]): string | undefined {
  if (weights.some((path) => paths.includes(path))) return undefined
  const pickled = paths.find((path) => /^pytorch_model.*\.bin$/.test(path))
  if (pickled !== undefined)
    return `${pickled} is a pickle, which runs code as it is loaded; save it anew with safe_serialization=True`
  const other = paths.find((path) => !path.includes('/') && path.endsWith('.safetensors'))
  if (other === undefined) return `${config} names ${named}, and there is no .safetensors file beside it`
  return `${config} names ${named}, and its weights are called ${other}; save_pretrained calls them model.safetensors: save the folder anew`
}
