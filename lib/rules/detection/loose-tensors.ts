import { huggingFaceFolder } from './hugging-face-folder.ts'
import type { Detector } from './layout.ts'

const adapter = 'adapter_config.json'

/** Weights with nothing that says which network they belong to: nobody can serve them, and their owner is told why. */
export const looseTensors: Detector = {
  name: 'safetensors',
  runtimes: ['python'],
  signs: ['.safetensors'],
  what: 'weights without a model',
  speaksFor: 'file',
  detect: (listing) => {
    const [entry] = listing.paths.filter((path) => path.endsWith('.safetensors'))
    if (entry === undefined || huggingFaceFolder.detect(listing).length > 0) return []
    return [{ entry, misfit: listing.paths.includes(adapter) ? ofAdapter(entry) : alone(entry) }]
  },
}

function alone(entry: string): string {
  return (
    `${entry} holds weights and does not say which network they belong to; bring the whole folder of save_pretrained, whose ` +
    'config.json says it, or a predict.py that builds the network and loads them (safetensors.torch.load_file)'
  )
}

function ofAdapter(entry: string): string {
  return (
    `${entry} is an adapter (${adapter}), which holds only what differs from another model; merge them with ` +
    'merge_and_unload() and save the whole by save_pretrained'
  )
}
