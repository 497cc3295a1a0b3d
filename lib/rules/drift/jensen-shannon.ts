import { type Counts, totalsOf } from './common-cells.ts'

/**
 * The Jensen–Shannon distance: √(½ Σ p·log₂(p/m) + ½ Σ q·log₂(q/m)) with m = (p + q)/2, of the shares p and q of each
 * part; 0 where they are alike, 1 where they have nothing in common, without a unit (Lin 1991; Endres and Schindelin 2003
 * for the root, which makes it a distance). Undefined where a side has no row.
 */
export function jensenShannon(parts: readonly Counts[]): number | undefined {
  const { baseline, current } = totalsOf(parts)
  if (baseline === 0 || current === 0) return undefined
  const divergence = parts.reduce((sum, part) => {
    const [p, q] = [part.baseline / baseline, part.current / current]
    return sum + (towards(p, (p + q) / 2) + towards(q, (p + q) / 2)) / 2
  }, 0)
  return Math.sqrt(Math.min(1, Math.max(0, divergence)))
}

function towards(share: number, middle: number): number {
  return share === 0 ? 0 : share * Math.log2(share / middle)
}
