import type { BarPair } from '../view/drift-view.ts'

const height = 40
const width = 10

/** What shares of a column lay where, in the baseline and now. */
export function BarPairs({ bars, name }: { readonly bars: readonly BarPair[]; readonly name: string }) {
  if (bars.length === 0) return null
  return (
    <svg
      class="bar-pairs"
      viewBox={`0 0 ${bars.length * width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${name}: where its values lay in the baseline, and lie now`}
    >
      {bars.map(({ label, baseline, current }, i) => (
        <g key={label}>
          <title>{label}</title>
          <rect
            class="then"
            x={i * width + 1}
            y={height * (1 - baseline)}
            width="3.6"
            height={height * baseline}
          />
          <rect
            class="now"
            x={i * width + 5}
            y={height * (1 - current)}
            width="3.6"
            height={height * current}
          />
        </g>
      ))}
    </svg>
  )
}
