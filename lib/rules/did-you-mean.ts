import { distance } from 'fastest-levenshtein'

/** The candidate closest to what was written, if it is close enough to be a slip of the pen. */
export function nearest(written: string, candidates: readonly string[]): string | undefined {
  const reach = Math.max(1, Math.floor(written.length / 3))
  return candidates
    .map((name) => ({ name, far: distance(written.toLowerCase(), name.toLowerCase()) }))
    .filter(({ far }) => far <= reach)
    .sort((a, b) => a.far - b.far)[0]?.name
}

/** `, did you mean 'x'?`, or nothing. */
export function didYouMean(written: string, candidates: readonly string[]): string {
  const name = nearest(written, candidates)
  return name === undefined ? '' : `, did you mean '${name}'?`
}
