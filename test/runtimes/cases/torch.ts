import type { LayoutName } from '../../../lib/rules/detection/layout.ts'
import type { Signature } from '../../../lib/rules/signature.ts'
import { noTorch, pythonWithTorch } from '../../model-templates/python-server.ts'
import { type RuntimeCase, Unavailable } from '../runtime-case.ts'
import { madeBy } from './made-by.ts'

interface Network {
  readonly path: string
  readonly framework: string
  readonly rows: readonly unknown[]
  readonly expected: readonly unknown[]
}

const digits: Signature = {
  inputs: [{ name: 'image', type: 'float32', shape: [8, 8] }],
  outputs: [{ name: 'probabilities', type: 'float32', shape: [10] }],
}
const text: Signature = {
  inputs: [{ name: 'text', type: 'string', shape: [] }],
  outputs: [
    { name: 'label', type: 'string', shape: [], values: ['bad', 'fair', 'good'] },
    { name: 'score', type: 'float32', shape: [] },
  ],
}

const forms: readonly (readonly [form: string, layout: LayoutName, name: string, signature: Signature])[] = [
  ['torchscript', 'torchscript', 'PyTorch as TorchScript', digits],
  ['mlflow', 'mlflow', 'MLflow, of PyTorch', digits],
  ['text', 'hugging-face', 'Hugging Face, of text', text],
]

export const torchCases: readonly RuntimeCase[] = forms.map(([form, layout, name, signature]) => ({
  name,
  runtime: 'python',
  layout,
  // An image with it has five gigabytes.
  runsInImages: false,
  make: async (folder) => {
    if (noTorch !== undefined) throw new Unavailable(noTorch)
    const { path, framework, rows, expected } = await madeBy<Network>(
      await pythonWithTorch(),
      'torch_networks.py',
      form,
      folder,
    )
    const [first] = rows
    const bad = form === 'text' ? { text: 1 } : [['x'], ...Array.from({ length: 7 }, () => [0])]
    return {
      path,
      framework,
      request: { instances: rows },
      expected,
      signature,
      badRow: {
        request: { instances: [first, bad] },
        pointer: form === 'text' ? '/instances/1/text' : '/instances/1/0',
      },
    }
  },
}))
