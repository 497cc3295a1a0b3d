import { z } from 'zod'
import { isProblem } from '../problem.ts'
import { parseImageReference } from './image-reference.ts'
import { checkedWords, commandWords, longestWord, mostWords } from './start-command.ts'

/** A check of a rule as a check of the schema; the rule's own sentence is the message. */
const checkedBy = (rule: (value: string) => unknown) => (text: string, context: z.core.$RefinementCtx) => {
  try {
    rule(text)
  } catch (error) {
    context.addIssue({ code: 'custom', message: isProblem(error) ? error.message : 'malformed' })
  }
}

export const imageField = z
  .string()
  .superRefine(checkedBy(parseImageReference))
  .describe(
    'An image that serves the model, in place of files: REGISTRY/NAME:TAG or REGISTRY/NAME@sha256:DIGEST. It is pinned to its digest when it is released.',
  )

const command = z.union([
  z
    .string()
    .min(1)
    .max(4096)
    .superRefine(checkedBy((text) => checkedWords(commandWords(text))))
    .describe('As one text: words and quotes, read by no shell.'),
  z
    .array(
      z
        .string()
        .max(longestWord)
        .regex(/^\P{Cc}*$/u, 'words without control characters'),
    )
    .min(1)
    .max(mostWords)
    .refine(([program]) => program !== '', { error: 'a list whose first word names a program' })
    .describe('Word by word.'),
])

/** A path that an HTTP server answers at: no query, no dot segments, no encoding that could hide one. */
const endpointPath = z
  .string()
  .max(256)
  .regex(
    /^(?!.*\/\.{1,2}(?:\/|$))(?:\/[A-Za-z0-9._~:@-]+)+\/?$|^\/$/,
    'a path such as /predictions, without query, dot segments or percent signs',
  )
const port = z.int().min(1).max(65_535)

/** The four fields, each under the name of ours, and under the one that Truss gives it. */
const written = z.strictObject({
  startCommand: command.optional().describe("What to start in place of the image's own ENTRYPOINT and CMD."),
  serverPort: port.optional().describe('The port that the server listens on; 8080.'),
  predictEndpoint: endpointPath.optional().describe('Where predictions are asked for by POST; /invocations.'),
  readinessEndpoint: endpointPath
    .optional()
    .describe('What answers GET with 200 once the model is loaded; /ping.'),
  start_command: command.optional().describe('startCommand, as Truss writes it.'),
  server_port: port.optional().describe('serverPort, as Truss writes it.'),
  predict_endpoint: endpointPath.optional().describe('predictEndpoint, as Truss writes it.'),
  readiness_endpoint: endpointPath.optional().describe('readinessEndpoint, as Truss writes it.'),
})

const spellings = [
  ['startCommand', 'start_command'],
  ['serverPort', 'server_port'],
  ['predictEndpoint', 'predict_endpoint'],
  ['readinessEndpoint', 'readiness_endpoint'],
] as const

export const containerField = written
  .superRefine((fields, context) => {
    for (const [ours, theirs] of spellings)
      if (fields[ours] !== undefined && fields[theirs] !== undefined)
        context.addIssue({
          code: 'custom',
          path: [theirs],
          message: `one of the two: ${ours} is there as well`,
        })
  })
  .transform((fields): ContainerFields => {
    const start = fields.startCommand ?? fields.start_command
    const serverPort = fields.serverPort ?? fields.server_port
    const predictEndpoint = fields.predictEndpoint ?? fields.predict_endpoint
    const readinessEndpoint = fields.readinessEndpoint ?? fields.readiness_endpoint
    return {
      ...(start !== undefined && { startCommand: typeof start === 'string' ? commandWords(start) : start }),
      ...(serverPort !== undefined && { serverPort }),
      ...(predictEndpoint !== undefined && { predictEndpoint }),
      ...(readinessEndpoint !== undefined && { readinessEndpoint }),
    }
  })
  .describe('The container runtime: how the server of the image is started and asked.')

/** How the server of an image is started and asked, as a manifest says; what it leaves out is the contract. */
export interface ContainerFields {
  /** In place of the image's own ENTRYPOINT and CMD. */
  readonly startCommand?: string[]
  readonly serverPort?: number
  readonly predictEndpoint?: string
  readonly readinessEndpoint?: string
}
