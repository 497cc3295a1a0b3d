import { type Detector, firstOf, type Layout, type Listing, type Misfit } from './layout.ts'

/** Where a SageMaker archive has its script: the toolkits look into `code/`, older ones at the root. */
const scripts = ['code/inference.py', 'inference.py'] as const

/** What a script may define, by the inference toolkits of SageMaker. */
const handlers = ['model_fn', 'input_fn', 'predict_fn', 'output_fn', 'transform_fn'] as const
const parts: readonly string[] = ['input_fn', 'predict_fn', 'output_fn']

/** The folder that SageMaker's `model.tar.gz` holds. */
export const sagemakerFolder: Detector = {
  name: 'sagemaker',
  runtimes: ['python'],
  signs: ['code/inference.py'],
  what: 'a SageMaker model',
  speaksFor: 'folder',
  heads: (paths) => scripts.filter((script) => paths.includes(script)),
  detect: (listing) => {
    const script = firstOf(listing.paths, scripts)
    return script === undefined ? [] : [sagemakerLayout(script, listing) ?? []].flat()
  },
}

/** @returns undefined where a script only happens to be called so */
function sagemakerLayout(script: string, { paths, heads }: Listing): Layout | Misfit | undefined {
  const defined = handlersIn(heads.get(script) ?? '')
  if (defined.length === 0 && !script.startsWith('code/')) return undefined
  if (defined.length === 0)
    return { entry: script, misfit: `${script} defines none of ${handlers.join(', ')} at its top level` }
  const others = defined.filter((name) => parts.includes(name))
  if (defined.includes('transform_fn') && others.length > 0)
    return {
      entry: script,
      misfit: `${script} defines transform_fn, which does it all, and ${others.join(' and ')} beside it; leave one or the other`,
    }
  const dependencies = firstOf(paths, [
    script.replace('inference.py', 'requirements.txt'),
    'requirements.txt',
  ])
  return {
    runtime: 'python',
    entry: script,
    because: `${script} defines ${defined.join(', ')}`,
    ...(dependencies !== undefined && { dependencies }),
  }
}

function handlersIn(program: string): string[] {
  const defined = new Set(
    [...program.matchAll(/^(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*\(|^(\w+)[ \t]*=/gm)].map(
      ([, named, assigned]) => named ?? assigned,
    ),
  )
  return handlers.filter((name) => defined.has(name))
}
