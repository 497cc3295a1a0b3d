/** Answers of an ensemble that cannot be made into one. */
export class Incompatible extends Error {
  override readonly name = 'Incompatible'
}

/**
 * The weighted mean of answers that are alike: numbers, lists of as many, objects of the same names.
 * @param weights one an answer; their sum is above 0
 * @throws Incompatible
 */
export function meanOf(answers: readonly unknown[], weights: readonly number[]): unknown {
  const [first] = answers
  if (answers.every((one) => typeof one === 'number')) {
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    return answers.reduce<number>((sum, one, i) => sum + (one as number) * ((weights[i] ?? 0) / total), 0)
  }
  if (Array.isArray(first) && answers.every((one) => Array.isArray(one) && one.length === first.length))
    return first.map((_, i) =>
      meanOf(
        answers.map((one) => (one as unknown[])[i]),
        weights,
      ),
    )
  if (isNamed(first) && answers.every((one) => isNamed(one) && hasSameNames(first, one)))
    return Object.fromEntries(
      Object.keys(first).map((name) => [
        name,
        meanOf(
          answers.map((one) => (one as Record<string, unknown>)[name]),
          weights,
        ),
      ]),
    )
  throw new Incompatible('its members answer no numbers that are alike, and of others there is no mean')
}

/** The answer that most give; of several the one that was given first. */
export function majorityOf(answers: readonly unknown[]): unknown {
  const votes = new Map<string, { readonly answer: unknown; count: number }>()
  for (const answer of answers) {
    const key = JSON.stringify(answer)
    const known = votes.get(key)
    if (known === undefined) votes.set(key, { answer, count: 1 })
    else known.count += 1
  }
  const [first, ...others] = votes.values()
  return others.reduce((most, one) => (most === undefined || one.count > most.count ? one : most), first)
    ?.answer
}

function isNamed(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function hasSameNames(one: Record<string, unknown>, other: Record<string, unknown>): boolean {
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => Object.hasOwn(other, name))
}
