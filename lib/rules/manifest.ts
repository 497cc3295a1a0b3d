import { z } from 'zod'
import { defaultApprovalSeconds, longestApprovalSeconds } from './approval.ts'
import { architectures } from './architecture.ts'
import { replaySchema } from './comparison/replay-schema.ts'
import { containerField, imageField } from './container/container-schema.ts'
import { captureSchema, driftSchema } from './monitoring-schema.ts'
import { parseModelName, parseMovableAlias, parseVersion } from './names.ts'
import { approvals } from './operation.ts'
import { isProblem, Problem } from './problem.ts'
import { qualityLimitSchema } from './quality/quality-limit.ts'
import { checkedRollout, defaultLimits, defaultRollout } from './rollout.ts'
import { elementTypes } from './signature.ts'

/** The image families that serve an artifact. */
export const runtimes = ['onnx', 'python', 'node', 'r', 'java', 'container', 'graph'] as const
export type Runtime = (typeof runtimes)[number]

export const hostKinds = ['lambda', 'sagemaker-serverless', 'sagemaker'] as const

/** A string that one of the naming rules accepts; the rule's own sentence is the message. */
const named = (rule: (text: string) => string, description: string) =>
  z
    .string()
    .superRefine((text, context) => {
      try {
        rule(text)
      } catch (error) {
        context.addIssue({ code: 'custom', message: isProblem(error) ? error.message : 'malformed' })
      }
    })
    .describe(description)

const field = z.strictObject({
  name: z.string().min(1).max(128).describe('The name that requests and answers use.'),
  type: z.enum(elementTypes).describe('The type of one element.'),
  shape: z
    .array(z.int().positive().nullable())
    .max(8)
    .default([])
    .describe('The shape of one record: [] is a bare value, [30] a row of 30, null a free length.'),
  values: z.array(z.string()).min(1).optional().describe('For strings: the only values allowed.'),
})

const signature = z
  .strictObject({
    inputs: z.array(field).min(1).describe('What a record holds.'),
    outputs: z.array(field).min(1).describe('What a prediction holds.'),
  })
  .describe('Names, types and shapes of inputs and outputs; read from the artifact where it carries them.')

/** A path inside a release folder. */
export const releasePath = z
  .string()
  .regex(
    /^(?!\/)(?!.*(?:^|\/)\.{1,2}(?:\/|$))[^\\\p{Cc}]{1,512}$/u,
    'a path inside the release folder, without .. or control characters',
  )

const example = z.strictObject({
  request: releasePath.describe('A file with one request body.'),
  expect: releasePath
    .optional()
    .describe('A file with the whole answer expected; without it any 200 will do.'),
  tolerance: z
    .number()
    .min(0)
    .default(1e-6)
    .describe('The largest difference of a number, absolute or relative.'),
})

const seconds = z.int().min(0)
const step = z.strictObject({
  weightPercent: z.int().min(1).max(99).describe('The share of the traffic that the canary gets.'),
  bakeTimeSeconds: seconds.describe('How long the step lasts at least.'),
})

export const rolloutSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('all-at-once') }),
    z.strictObject({
      kind: z.literal('canary'),
      steps: z.array(step).min(1).max(50).describe('The steps, weights rising.'),
    }),
    z.strictObject({
      kind: z.literal('linear'),
      stepPercent: z.int().min(2).max(50).describe('How much each step adds.'),
      bakeTimeSeconds: seconds.describe('How long each step lasts at least.'),
    }),
  ])
  .superRefine((rollout, context) => {
    try {
      checkedRollout(rollout)
    } catch (error) {
      context.addIssue({ code: 'custom', message: isProblem(error) ? error.message : 'malformed' })
    }
  })
  .describe('The plan by which the alias moves.')

const limits = z
  .strictObject({
    maxErrorRatePercent: z
      .number()
      .min(0)
      .max(100)
      .default(defaultLimits.maxErrorRatePercent)
      .describe('Above this share of failing calls, errors that are its own take the canary back.'),
    maxLatencyP95Ratio: z
      .number()
      .min(1)
      .default(defaultLimits.maxLatencyP95Ratio)
      .describe('How many times the p95 latency of stable the p95 of the canary may be.'),
    minRequests: z
      .int()
      .min(1)
      .default(defaultLimits.minRequests)
      .describe('Fewer of the canary in a step hold it.'),
    quality: qualityLimitSchema.optional(),
  })
  .describe('What the canary is held to.')

/** What came of each stands in one entry of the history. */
const mostHeldMetrics = 20

const heldMetric = z.strictObject({
  better: z.enum(['higher', 'lower']).describe('Which way is better.'),
  margin: z
    .number()
    .min(0)
    .default(0)
    .describe('How much worse than the served version it may be, in the unit of the metric.'),
})
/** So many aliases a version may move in order: each has an operation, whose name is that of the one before with an end. */
const mostAliases = 5

/** Aliases that move in order, each once. */
export const aliasList = z
  .array(named(orderedAlias, 'An alias.'))
  .min(1)
  .max(mostAliases)
  .refine((names) => new Set(names).size === names.length, { error: 'aliases that differ from each other' })

function orderedAlias(text: string): string {
  if (text === 'none') throw new Problem('alias-malformed', "'none' stands alone: leave it out of the list")
  return parseMovableAlias(text)
}

const release = z
  .strictObject({
    alias: z
      .union([
        named((text) => (text === 'none' ? text : parseMovableAlias(text)), 'One alias.'),
        aliasList.describe('Several, in order.'),
      ])
      .describe(
        'The alias that moves to this version when it is ready; none: stop when ready. Several, such as [staging, live], move in this order, each when the one before it has.',
      )
      .default('live'),
    approval: z
      .enum(approvals)
      .default('none')
      .describe(
        'Whether a person must approve the promotion; four-eyes: one who neither pushed nor asked. The platform may demand more.',
      ),
    approvalExpiresSeconds: z
      .int()
      .min(60)
      .max(longestApprovalSeconds)
      .default(defaultApprovalSeconds)
      .describe('How long a person is waited for; then the promotion ends. A week, at most 30 days.'),
    rollout: rolloutSchema.default(defaultRollout as z.output<typeof rolloutSchema>),
    rollouts: z
      .record(named(parseMovableAlias, 'An alias.'), rolloutSchema)
      .optional()
      .describe(
        'Plans of single aliases, where `alias` is a list: `rollout` is that of live and of the last one, and the others move all at once.',
      ),
    limits: limits.prefault({}),
    compatibility: z
      .enum(['backward', 'full', 'none'])
      .default('backward')
      .describe(
        'What callers are promised. backward: a change that breaks those who call the version served needs a major step; full: so does one that leaves no way back; none: nothing.',
      ),
    metrics: z
      .record(z.string().min(1).max(128), heldMetric)
      .refine((held) => Object.keys(held).length <= mostHeldMetrics, `at most ${mostHeldMetrics} metrics`)
      .optional()
      .describe(
        'Metrics of `source.metrics` that may not be worse than those of the version that the alias serves, by name. One that the served version lacks holds it to nothing; one that this version lacks is refused.',
      ),
    replay: replaySchema,
  })
  .describe(
    'How the version gets its traffic. Without it the first version goes live, and later ones wait to be promoted.',
  )

const scaling = z
  .strictObject({
    minInstances: z.int().min(1).describe('How many run when nobody calls.'),
    maxInstances: z.int().min(1).describe('How many may run.'),
    targetInvocationsPerInstance: z
      .int()
      .min(1)
      .describe('Calls a minute of one instance: with more there are more instances.'),
  })
  .describe('SageMaker real-time: as many instances as the traffic takes, in place of instanceCount.')

const host = z
  .strictObject({
    kind: z.enum(hostKinds).default('lambda').describe('What runs the endpoint on AWS.'),
    memoryMb: z.int().min(128).max(10_240).default(2048).describe('The memory of one instance, in MiB.'),
    timeoutSeconds: z.int().min(1).max(900).default(28).describe('The longest a prediction may take.'),
    architecture: z
      .enum(architectures)
      .optional()
      .describe('arm64 on Lambda, x86_64 on SageMaker by default.'),
    maxConcurrency: z
      .int()
      .min(1)
      .optional()
      .describe('The most calls at once; 5 where sagemaker-serverless is not told.'),
    provisionedConcurrency: z.int().min(1).optional().describe('Instances kept warm, billed by the hour.'),
    instanceType: z.string().optional().describe('SageMaker real-time: the kind of instance.'),
    instanceCount: z.int().min(1).optional().describe('SageMaker real-time: how many instances.'),
    scaling: scaling.optional(),
    keepRunning: z.boolean().optional().describe('SageMaker real-time: never park the version.'),
  })
  .describe('Where and how large the version runs.')

/** The manifest: every field optional except what cannot be detected. */
export const manifestSchema = z
  .strictObject({
    model: named(parseModelName, 'The model. Taken from the place in the store.').optional(),
    version: named(parseVersion, 'The version, semver. Taken from the place in the store.').optional(),
    runtime: z.enum(runtimes).optional().describe('The image family; detected from the artifact.'),
    image: imageField.optional(),
    container: containerField.optional(),
    host: host.prefault({}),
    signature: signature.optional(),
    examples: z
      .array(example)
      .max(100)
      .default([])
      .describe('Golden requests: each must answer as expected before any traffic.'),
    unsafePickle: z
      .boolean()
      .optional()
      .describe(
        'Load the model file as pickle does, which runs whatever the file says, in place of holding it to a list of harmless names. Whoever runs the platform must allow it; the history of the model records it.',
      ),
    release: release.optional(),
    capture: captureSchema.prefault({}),
    drift: driftSchema.prefault({}),
    source: z
      .strictObject({
        git: z.string().optional().describe('The commit it was trained from.'),
        dataset: z.string().optional().describe('The data it was trained on.'),
        author: z.string().optional().describe('Who trained it.'),
        tool: z.string().optional().describe('What trained it.'),
        metrics: z.record(z.string(), z.number()).optional().describe('What was measured of it.'),
        answers: z
          .string()
          .max(200)
          .optional()
          .describe('The event that it answers: the id of a drift that was found, as its webhook tells it.'),
      })
      .optional()
      .describe('Where the version came from, shown in its history.'),
    files: z
      .array(
        z.strictObject({
          path: releasePath.describe('Its path inside the release.'),
          size: z.int().min(0).describe('In bytes.'),
          sha256: z
            .string()
            .regex(/^[0-9a-f]{64}$/, '64 hex digits, in lower case')
            .describe('Hex SHA-256 of its bytes.'),
        }),
      )
      .max(10_000)
      .default([])
      .describe(
        'Every file of the release; written by `sluice push`, so that the release knows when it is whole.',
      ),
  })
  .describe('model.yaml: the checked description beside an artifact.')

/** A manifest as it was written, checked, with every default in place. */
export type WrittenManifest = z.output<typeof manifestSchema>

/** A manifest with nothing left to detect: what a version record keeps. */
export type Manifest = WrittenManifest & {
  readonly model: string
  readonly version: string
  readonly runtime: Runtime
}

/** Whether a version may do without a signature: then its server gets every request as it comes. */
export function mayBeOpaque({ runtime }: Pick<Manifest, 'runtime'>): boolean {
  return runtime === 'container'
}

/** The JSON Schema (draft 2020-12) of `model.yaml`, for editors and for the documentation. */
export function manifestJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(manifestSchema, { io: 'input' }), title: 'Sluice model.yaml' }
}
