import { memo } from 'preact/compat'
import { sparkline } from '../view/sparkline.ts'

const [width, height] = [120, 28]

/** Calls of the last ten minutes: a shape, with its number beside it. */
export const Spark = memo(function Spark({ series }: { readonly series: readonly number[] | undefined }) {
  const drawn = series && sparkline(series, width, height)
  return (
    <svg class="spark" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {drawn === undefined ? (
        <line x1="0" y1={height - 1} x2={width} y2={height - 1} class="flat" />
      ) : (
        <>
          <path d={drawn.area} class="area" />
          <path d={drawn.line} class="line" />
        </>
      )}
    </svg>
  )
})
