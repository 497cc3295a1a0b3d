/** The coefficients of Lanczos' approximation with g = 7 and nine terms: right to 15 digits. */
const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]

/** The natural logarithm of the gamma function, for positive numbers (Lanczos 1964). */
export function logGamma(x: number): number {
  const base = x + 6.5
  const series = lanczos.reduce(
    (sum, coefficient, i) => sum + (i === 0 ? coefficient : coefficient / (x - 1 + i)),
    0,
  )
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(base) - base + Math.log(series)
}

/** The chance that a χ² variable of so many degrees of freedom is at least so large: Q(k/2, x/2). */
export function chiSquareTail(value: number, degrees: number): number {
  if (!(value > 0)) return 1
  if (value === Number.POSITIVE_INFINITY) return 0
  return upperGamma(degrees / 2, value / 2)
}

/** The regularized upper incomplete gamma function Q(a, x): a series below a + 1, a continued fraction above it. */
function upperGamma(a: number, x: number): number {
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a))
  return x < a + 1 ? 1 - scale * lowerSeries(a, x) : scale * upperFraction(a, x)
}

/** Abramowitz and Stegun 6.5.29. */
function lowerSeries(a: number, x: number): number {
  let term = 1 / a
  let sum = term
  for (let n = 1; term > sum * 1e-16; n += 1) {
    term *= x / (a + n)
    sum += term
  }
  return sum
}

/** Abramowitz and Stegun 6.5.31 in its even part, by Lentz's method (1976). */
function upperFraction(a: number, x: number): number {
  const tiny = 1e-300
  let below = x + 1 - a
  let d = 1 / below
  let c = 1 / tiny
  let fraction = d
  for (let n = 1, change = 0; n < 100_000 && Math.abs(change - 1) > 1e-15; n += 1) {
    const term = -n * (n - a)
    below += 2
    d = term * d + below
    d = 1 / (Math.abs(d) < tiny ? tiny : d)
    c = below + term / c
    c = Math.abs(c) < tiny ? tiny : c
    change = d * c
    fraction *= change
  }
  return fraction
}
