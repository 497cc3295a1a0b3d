import { manifestFile } from '../artifact.ts'
import { graphFile } from '../graph/graph-definition.ts'
import { type ArtifactRuntime, type Detector, firstOf } from './layout.ts'

/** Programs that answer for whatever lies beside them, and where each says what it needs. */
const programs: readonly {
  readonly what: string
  readonly runtime: ArtifactRuntime
  readonly names: readonly string[]
  readonly dependencies: readonly string[]
}[] = [
  {
    what: 'a program in Python',
    runtime: 'python',
    names: ['predict.py'],
    dependencies: ['requirements.txt'],
  },
  {
    what: 'a program in R',
    runtime: 'r',
    names: ['predict.R', 'predict.r'],
    dependencies: ['renv.lock', 'DESCRIPTION'],
  },
  {
    what: 'a program in JavaScript',
    runtime: 'node',
    names: ['predict.js', 'predict.mjs', 'predict.cjs'],
    dependencies: ['package-lock.json', 'package.json'],
  },
]

export const programDetectors: readonly Detector[] = programs.map(
  ({ what, runtime, names, dependencies }) => ({
    name: 'program',
    runtimes: [runtime],
    signs: names.slice(0, 1),
    what,
    speaksFor: 'folder',
    detect: ({ paths }) => {
      const needs = firstOf(paths, dependencies)
      return names
        .filter((name) => paths.includes(name))
        .map((entry) => ({
          runtime,
          entry,
          because: `there is a ${entry}`,
          ...(needs !== undefined && { dependencies: needs }),
        }))
    },
  }),
)

/** Java and Scala: one jar with the user's `Predictor` at the root; what it needs lies in `lib/`. */
export const jarDetector: Detector = {
  name: 'jar',
  runtimes: ['java'],
  signs: ['.jar'],
  what: 'a program for the Java virtual machine',
  speaksFor: 'folder',
  detect: ({ paths }) =>
    paths
      .filter((path) => !path.includes('/') && path.endsWith('.jar'))
      .map((entry) => ({ runtime: 'java', entry, because: `${entry} is a jar` })),
}

/** A composition of models that are there already. */
export const graphDetector: Detector = {
  name: 'graph',
  runtimes: ['graph'],
  signs: [graphFile],
  what: 'a graph of models',
  speaksFor: 'folder',
  detect: ({ paths }) =>
    paths.includes(graphFile)
      ? [{ runtime: 'graph', entry: graphFile, because: `there is a ${graphFile}` }]
      : [],
}

/** Any language that is not above: an image that its own file builds. */
export const dockerfileDetector: Detector = {
  name: 'dockerfile',
  runtimes: ['container'],
  signs: ['Dockerfile'],
  what: 'an image to be built',
  speaksFor: 'folder',
  detect: ({ paths }) =>
    paths.includes('Dockerfile')
      ? [{ runtime: 'container', entry: 'Dockerfile', because: 'there is a Dockerfile' }]
      : [],
}

/** An image that is there already; what lies beside the manifest is what its server finds as the model. */
export const imageDetector: Detector = {
  name: 'image',
  runtimes: ['container'],
  signs: ['an `image:` in model.yaml'],
  what: 'an image',
  speaksFor: 'folder',
  detect: ({ image }) =>
    image === undefined
      ? []
      : [{ runtime: 'container', entry: manifestFile, because: `model.yaml names the image ${image}` }],
}
