import { parse } from 'yaml'
import { z } from 'zod'
import { mlflowExamples, mlflowModel } from '../golden.ts'
import { type Detector, firstOf, type Layout, type Listing, type Misfit } from './layout.ts'

/** What of an `MLmodel` tells how it is served; everything else in it is its makers' business. */
const description = z.looseObject({
  flavors: z.record(z.string(), z.looseObject({ data: z.string().optional(), model: z.string().optional() })),
})

/** `mlflow.save_model`: a folder with an `MLmodel` at its root, whatever framework made it. */
export const mlflowFolder: Detector = {
  name: 'mlflow',
  runtimes: ['onnx', 'python', 'r'],
  signs: [mlflowModel],
  what: 'an MLflow model',
  speaksFor: 'folder',
  heads: () => [mlflowModel],
  detect: (listing) => (listing.paths.includes(mlflowModel) ? [mlflowLayout(listing)] : []),
}

function mlflowLayout({ paths, heads }: Listing): Layout | Misfit {
  const flavors = flavorsIn(heads.get(mlflowModel) ?? '')
  if (flavors === undefined)
    return { entry: mlflowModel, misfit: 'it is no MLmodel as MLflow writes it: it names no flavors' }
  const kept = firstOf(paths, mlflowExamples)
  const shared = {
    ...(paths.includes('requirements.txt') && { dependencies: 'requirements.txt' }),
    ...(kept !== undefined && { examples: [kept] }),
  }
  const onnx = flavors['onnx']?.data
  if (onnx !== undefined)
    return { runtime: 'onnx', entry: onnx, because: `MLmodel has the flavour onnx, in ${onnx}`, ...shared }
  const names = Object.keys(flavors)
  if (names.includes('python_function')) {
    const framework = names.filter((name) => name !== 'python_function').join(' and ') || 'python_function'
    return {
      runtime: 'python',
      entry: mlflowModel,
      because: `MLmodel has the flavour ${framework}`,
      ...shared,
    }
  }
  const crate = flavors['crate']?.model
  if (crate !== undefined)
    return { runtime: 'r', entry: crate, because: `MLmodel has the flavour crate, of R, in ${crate}` }
  return {
    entry: mlflowModel,
    misfit: `MLmodel has the flavours ${names.join(', ') || 'none'}, and python_function, onnx or crate is needed; save it with MLflow anew`,
  }
}

function flavorsIn(text: string): z.output<typeof description>['flavors'] | undefined {
  try {
    return description.safeParse(parse(text)).data?.flavors
  } catch {
    return undefined
  }
}
