/**
 * p-values corrected for how many there are: the i-th least of m becomes the least of p(j)·m/j over j ≥ i (Benjamini and
 * Hochberg 1995; Yekutieli and Benjamini 1999 for this form). Of those at most α, a share of α at most is expected to be
 * false; where nothing differs at all, the chance of any is α. Holds for independent and for positively dependent ones.
 */
export function benjaminiHochberg(ps: readonly number[]): number[] {
  const order = ps.map((p, i) => ({ p, i })).sort((one, other) => other.p - one.p)
  const adjusted = new Array<number>(ps.length).fill(1)
  let least = 1
  for (const [rank, { p, i }] of order.entries()) {
    least = Math.min(least, p * (ps.length / (ps.length - rank)))
    adjusted[i] = least
  }
  return adjusted
}
