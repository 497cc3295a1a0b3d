import { boostedCases } from './cases/boosted.ts'
import { javaCases } from './cases/java.ts'
import { nodeCases } from './cases/node.ts'
import { onnxCases } from './cases/onnx.ts'
import { rCases } from './cases/r.ts'
import { keptCases } from './cases/sagemaker.ts'
import { scikitLearnCases } from './cases/scikit-learn.ts'
import { torchCases } from './cases/torch.ts'
import type { RuntimeCase } from './runtime-case.ts'

/** Every layout that is served, by what makes it. */
export const cases: readonly RuntimeCase[] = [
  ...onnxCases,
  ...scikitLearnCases,
  ...boostedCases,
  ...keptCases,
  ...torchCases,
  ...rCases,
  ...nodeCases,
  ...javaCases,
]
