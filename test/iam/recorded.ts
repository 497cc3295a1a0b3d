import { S3Client } from '@aws-sdk/client-s3'
import { type RegistryOverHttp, registryOverHttp } from './registry-over-http.ts'
import { type Act, answers, type Scene, scenes } from './scenes.ts'
import type { Answers } from './standing.ts'

/** One call that left an adapter: a command of the SDK, or a request to the image registry. */
export interface Sent {
  /** `S3Client.GetObjectCommand`; `registry.PATCH blobs`. */
  readonly command: string
  readonly input: Readonly<Record<string, unknown>>
  /** The part of its method that a holder may do without. */
  readonly part?: string
}

/** By a port's method, everything that its scenes made the real adapter send. */
export type Recording = ReadonlyMap<string, readonly Sent[]>

interface Stage {
  readonly answers: Answers
  readonly sent: Sent[]
  readonly part: { readonly part?: string }
}

/** The scene that plays: one after the other, since requests over HTTP arrive in a context of their own. */
let stage: Stage | undefined

/**
 * Play every scene on the adapters as `awsPorts` puts them together, and write down what they send. Nothing leaves the
 * process: every client of the SDK sends through one method, and that one answers here.
 * @param settings the environment of a function of the platform
 */
export async function recordAll(settings: Readonly<Record<string, string>>): Promise<Recording> {
  const client = Object.getPrototypeOf(S3Client.prototype) as { send: unknown }
  const { send } = client
  const environment = { ...process.env }
  const images = await registryOverHttp((command, input) => stage?.sent.push({ command, input }))
  client.send = async function (this: object, command: { readonly input: Sent['input'] }) {
    const name = `${this.constructor.name}.${command.constructor.name}`
    const now = stage
    if (now === undefined) throw new Error(`${name} was sent outside every scene`)
    now.sent.push({ command: name, input: command.input, ...now.part })
    const answer = now.answers[name]
    if (answer === undefined) throw new Error(`nobody answers ${name}: add an answer to test/iam/scenes.ts`)
    return answer(command.input)
  }
  try {
    Object.assign(process.env, settings, {
      AWS_REGION: 'eu-central-1',
      SLUICE_REGISTRY_ENDPOINT: images.endpoint,
    })
    const { awsPorts } = await import('../../lambdas/aws/ports.ts')
    const { apiKeys } = await import('../../lambdas/aws/api-keys.ts')
    const recording = new Map<string, Sent[]>()
    for (const [method, played] of Object.entries(scenes)) {
      const sent: Sent[] = []
      for (const scene of played) await play(scene, { ...awsPorts(), keys: apiKeys() }, images, sent)
      recording.set(method, sent)
    }
    return recording
  } finally {
    client.send = send
    for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name]
    await images.stop()
  }
}

async function play(
  scene: Scene,
  ports: Parameters<Act>[0],
  images: RegistryOverHttp,
  sent: Sent[],
): Promise<void> {
  images.forget()
  scene.before?.(images)
  const own = typeof scene.answers === 'function' ? scene.answers() : scene.answers
  const part = scene.part === undefined ? {} : { part: scene.part }
  stage = { answers: { ...answers, ...own }, sent, part }
  try {
    await scene.act(ports)
    if (scene.refused !== undefined) throw new Error('this scene was to be refused')
  } catch (error) {
    if (scene.refused === undefined || (error as { code?: string }).code !== scene.refused) throw error
  } finally {
    stage = undefined
  }
}
