import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RuntimeCase } from '../runtime-case.ts'

const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'breast-cancer')

/** A forest that scikit-learn has trained, as ONNX: what scikit-learn answers was written down with it. */
export const onnxCases: readonly RuntimeCase[] = [
  {
    name: 'ONNX',
    runtime: 'onnx',
    layout: 'onnx',
    make: async (folder) => {
      const path = join(folder, 'model.onnx')
      await copyFile(join(fixture, 'model.onnx'), path)
      const read = async (file: string) => JSON.parse(await readFile(join(fixture, file), 'utf8'))
      const rows = (await read('rows.json')) as number[][]
      const { label, probabilities } = (await read('expected.json')) as Record<string, unknown[]>
      return {
        path,
        framework: 'scikit-learn 1.9.1, onnx',
        request: { instances: rows },
        expected: rows.map((_, i) => ({ label: label?.[i], probabilities: probabilities?.[i] })),
        tolerance: 1e-5,
        signature: {
          inputs: [{ name: 'features', type: 'float32', shape: [30] }],
          outputs: [
            { name: 'label', type: 'int64', shape: [] },
            { name: 'probabilities', type: 'float32', shape: [2] },
          ],
        },
        badRow: {
          request: { instances: [rows[0], ['x', ...(rows[1] ?? []).slice(1)]] },
          pointer: '/instances/1/0',
        },
      }
    },
  },
]
