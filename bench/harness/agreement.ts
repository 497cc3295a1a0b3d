import type { Protocol, StackProcess } from './stack.ts'

/** A stack's probabilities for every row, one list a row. */
export type Answers = readonly (readonly number[])[]

/** Ask a stack about one row after the other. @throws Error where an answer is not a 200 with probabilities */
export async function answersOf(
  { url, path }: Pick<StackProcess, 'url' | 'path'>,
  rows: readonly (readonly number[])[],
  protocol: Protocol = instances,
): Promise<Answers> {
  const answers: (readonly number[])[] = []
  for (const row of rows) {
    const answer = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: protocol.bodyOf(row),
    })
    const text = await answer.text()
    if (answer.status !== 200) throw new Error(`status ${answer.status}: ${text}`)
    answers.push(protocol.probabilitiesIn(text))
  }
  return answers
}

/** The request of every stack that does not speak a protocol of its own: one row. */
export function bodyOf(row: readonly number[]): string {
  return JSON.stringify({ instances: [row] })
}

/** The largest difference between any two of them. */
export function largestDifference(all: readonly Answers[]): number {
  const [first = []] = all
  const spread = first.flatMap((row, i) =>
    row.map((_, j) => {
      const values = all.map((answers) => answers[i]?.[j] ?? Number.POSITIVE_INFINITY)
      return Math.max(...values) - Math.min(...values)
    }),
  )
  return Math.max(...spread)
}

/** `{"predictions": [[0.1, 0.9]]}`, or by the output's name where a model has others beside it. */
export function probabilitiesIn(text: string): readonly number[] {
  const { predictions } = JSON.parse(text) as { predictions: readonly unknown[] }
  const [only] = predictions
  const found = Array.isArray(only) ? only : (only as { probabilities?: unknown } | undefined)?.probabilities
  if (!Array.isArray(found) || found.length !== 2) throw new Error(`no probabilities in ${text}`)
  return found as number[]
}

/** `{"instances": …}` to `{"predictions": …}`. */
export const instances: Protocol = { bodyOf, probabilitiesIn }
