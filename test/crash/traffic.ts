import { setTimeout as pause } from 'node:timers/promises'
import type { PlatformClient } from '../../cli/platform-client.ts'
import { answerOf } from './uploads.ts'

/** What callers were answered. */
export interface Answers {
  right: number
  /** By status and code. */
  readonly refused: Map<string, number>
  /** Answers that nobody should get: the wrong prediction, a 503 without Retry-After, no problem document. */
  readonly wrong: string[]
  slowestMs: number
}

export function noAnswers(): Answers {
  return { right: 0, refused: new Map(), wrong: [], slowestMs: 0 }
}

/** Ask `live` of each model again and again until told to stop; a platform that is not there is no fault. */
export async function askAlways(
  client: PlatformClient,
  models: readonly string[],
  stop: AbortSignal,
  answers: Answers,
): Promise<void> {
  const asking = models.map(async (model) => {
    while (!stop.aborted) {
      await askOnce(client, model, answers)
      await pause(8)
    }
  })
  await Promise.all(asking)
}

async function askOnce(client: PlatformClient, model: string, answers: Answers): Promise<void> {
  const since = performance.now()
  const { request } = answerOf(model, '1.0.0')
  const found = await client
    .invoke(model, '', JSON.stringify(request), 'application/json')
    .catch(() => undefined)
  if (found === undefined) return
  answers.slowestMs = Math.max(answers.slowestMs, performance.now() - since)
  const { status, headers, body } = found
  if (status === 200) {
    const version = headers.get('model-version') ?? ''
    if (isRight(model, version, body)) answers.right += 1
    else answers.wrong.push(`${model} ${version} answered ${body}`)
    return
  }
  const { code = 'no problem' } = JSON.parse(body) as { code?: string }
  const kind = `${status} ${code}`
  answers.refused.set(kind, (answers.refused.get(kind) ?? 0) + 1)
  const isProblem = headers.get('content-type') === 'application/problem+json'
  if (!isProblem || (status === 503 && headers.get('retry-after') === null))
    answers.wrong.push(`${model}: ${status} ${body}`)
}

/** Whether a body holds the one prediction that this version makes. */
export function isRight(model: string, version: string, body: string): boolean {
  const { answer } = answerOf(model, version)
  const { predictions } = JSON.parse(body) as { predictions: unknown[] }
  const [found] = predictions
  return typeof answer === 'object'
    ? (found as { species?: string })?.species === (answer as { species: string }).species
    : found === answer
}
