import type { ArtifactRuntime } from '../../lib/rules/detection/layout.ts'
import type { Recognised } from '../../lib/rules/detection/recognise.ts'
import type { Manifest } from '../../lib/rules/manifest.ts'
import { inspectContainer } from './inspect-container.ts'
import { inspectGraph } from './inspect-graph.ts'
import { inspectJava } from './inspect-java.ts'
import { inspectNode } from './inspect-node.ts'
import { inspectOnnx } from './inspect-onnx.ts'
import { inspectPython } from './inspect-python.ts'
import { inspectR } from './inspect-r.ts'
import type { InspectedFile, Inspection, ReadFile, Surroundings } from './inspection.ts'

/** Finds out what an artifact of one runtime takes, answers and needs. Nothing of it is run. @throws Problem */
type Inspect = (
  recognised: Recognised,
  files: readonly InspectedFile[],
  manifest: Manifest,
  read: ReadFile,
  around: Surroundings,
) => Promise<Inspection>

/** How artifacts are inspected, by the runtime that will serve them. */
export const inspections: Readonly<Record<ArtifactRuntime, Inspect>> = {
  onnx: inspectOnnx,
  python: inspectPython,
  node: inspectNode,
  r: inspectR,
  java: inspectJava,
  container: inspectContainer,
  graph: inspectGraph,
}
