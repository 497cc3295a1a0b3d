import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'

/** The page's colours of lines, the first of which is the one to look at. */
export const tones = ['accent', 'second', 'third', 'fourth'] as const
export type Tone = (typeof tones)[number]

export interface ChartLine {
  readonly label: string
  /** A number a point; null where there is none. */
  readonly values: readonly (number | null)[]
  /** Which of the page's colours. */
  readonly tone: Tone
}

export interface LineChartProps {
  /** What is drawn, for who does not see it. */
  readonly title: string
  /** When the last point begins, in milliseconds, and how long each is. */
  readonly endMs: number
  readonly pointMs: number
  readonly lines: readonly ChartLine[]
  readonly unit: string
}

const height = 180

/** Lines over time, drawn anew as they grow. */
export function LineChart({ title, endMs, pointMs, lines, unit }: LineChartProps) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const shape = lines.map(({ label, tone }) => `${label} ${tone}`).join('\n')
  const points = lines[0]?.values.length ?? 0
  const times = Array.from({ length: points }, (_, i) => (endMs - (points - 1 - i) * pointMs) / 1000)
  const data = [times, ...lines.map(({ values }) => [...values])] as uPlot.AlignedData
  useEffect(() => {
    const box = place.current
    if (box === null) return
    const make = () => {
      plot.current?.destroy()
      plot.current = new uPlot(optionsOf(box, lines, unit), data, box)
    }
    make()
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: box.clientWidth, height }))
    resized.observe(box)
    const dark = matchMedia('(prefers-color-scheme: dark)')
    const themed = new MutationObserver(make)
    themed.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    dark.addEventListener('change', make)
    return () => {
      resized.disconnect()
      themed.disconnect()
      dark.removeEventListener('change', make)
      plot.current?.destroy()
      plot.current = undefined
    }
  }, [shape, unit])
  useEffect(() => plot.current?.setData(data))
  return (
    <figure class="chart">
      <figcaption>
        {title}
        {lines.map(({ label, tone }) => (
          <span key={label} class={`key ${tone}`}>
            <bdi>{label}</bdi>
          </span>
        ))}
      </figcaption>
      <div ref={place} role="img" aria-label={`${title}: ${lines.map(({ label }) => label).join(', ')}`} />
    </figure>
  )
}

function optionsOf(box: HTMLElement, lines: readonly ChartLine[], unit: string): uPlot.Options {
  const colour = colours()
  const axis = {
    stroke: colour('--soft'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  }
  return {
    width: box.clientWidth,
    height,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    scales: { y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] } },
    axes: [
      { ...axis, grid: { show: false }, space: 90, size: 28, values: (_, ticks) => ticks.map(clockTime) },
      { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => `${tick} ${unit}`.trim()) },
    ],
    series: [
      {},
      ...lines.map(({ label, tone }) => ({
        ...{ label, width: tone === 'accent' ? 1.8 : 1.4, spanGaps: true, points: { show: false } },
        stroke: colour(`--${tone}`),
      })),
    ],
  }
}

/** `14:05`, in the time of whoever reads it. */
function clockTime(seconds: number): string {
  return new Date(seconds * 1000).toTimeString().slice(0, 5)
}

/** Colours as they are now: a canvas knows no `light-dark()`. */
function colours(): (name: string) => string {
  const probe = document.createElement('span')
  probe.hidden = true
  document.body.append(probe)
  const known = new Map(
    [...tones.map((tone) => `--${tone}`), '--soft', '--line'].map((name) => {
      probe.style.color = `var(${name})`
      return [name, getComputedStyle(probe).color]
    }),
  )
  probe.remove()
  return (name) => known.get(name) ?? '#888'
}
