import { memo } from 'preact/compat'
import { useEffect, useRef, useState } from 'preact/hooks'
import { count, errorRate, milliseconds, rate, unknown } from '../view/figures.ts'
import type { Condition, ModelRow } from '../view/model-rows.ts'
import { to } from '../view/places.ts'
import { rowWindow } from '../view/row-window.ts'
import { ShareBar } from './share-bar.tsx'
import { Spark } from './spark.tsx'

/** Above this many rows only those in sight are drawn. */
const drawnWhole = 80

/** A line a model. Arrow keys go from one to the next. */
export function ModelsTable({
  rows,
  hasTraffic,
}: {
  readonly rows: readonly ModelRow[]
  readonly hasTraffic: boolean
}) {
  const body = useRef<HTMLTableSectionElement>(null)
  const { first, end, aboveHeight, belowHeight } = useRowWindow(body, rows.length)
  return (
    <table
      class={rows.length > drawnWhole ? 'models long' : 'models'}
      aria-rowcount={rows.length + 1}
      onKeyDown={moveByArrow}
    >
      <thead>
        <tr aria-rowindex={1}>
          <th scope="col">Model</th>
          <th scope="col">Live</th>
          <th scope="col" class="wide">
            Calls, ten minutes
          </th>
          <th scope="col" class="figure">
            Errors
          </th>
          <th scope="col" class="figure">
            p95
          </th>
          <th scope="col">Condition</th>
        </tr>
      </thead>
      <tbody ref={body}>
        <Room height={aboveHeight} />
        {rows.slice(first, end).map((row, i) => (
          <Row key={row.model} row={row} index={first + i + 2} hasTraffic={hasTraffic} />
        ))}
        <Room height={belowHeight} />
      </tbody>
    </table>
  )
}

/** Where rows would be that nobody sees. */
function Room({ height }: { readonly height: number }) {
  return height === 0 ? null : (
    <tr class="room">
      <td colSpan={6} style={{ height: `${height}px` }} />
    </tr>
  )
}

interface RowProps {
  readonly row: ModelRow
  readonly index: number
  readonly hasTraffic: boolean
}

const Row = memo(function Row({
  row: { model, live, traffic, conditions, versions },
  index,
  hasTraffic,
}: RowProps) {
  return (
    <tr aria-rowindex={index}>
      <th scope="row">
        <a href={to.model(model)}>{model}</a>
        <span class="aside">{versions === 1 ? '1 version' : `${count(versions)} versions`}</span>
      </th>
      <td class="version">{live ?? <span class="aside">nothing yet</span>}</td>
      <td class="wide calls">
        <Spark series={traffic?.series} />
        <span class="figure">{hasTraffic ? rate(traffic?.callsPerSecond ?? 0) : unknown}</span>
      </td>
      <td class={`figure errors ${isBad(traffic) ? 'bad' : ''}`} data-label="errors">
        {traffic === undefined ? unknown : errorRate(traffic)}
      </td>
      <td class="figure" data-label="p95">
        {milliseconds(traffic?.p95Ms)}
      </td>
      <td class="conditions">
        {conditions.map((condition) => (
          <ConditionMark key={condition.kind} condition={condition} />
        ))}
      </td>
    </tr>
  )
}, isSameRow)

/** A share of failing calls that a canary is not allowed by default. */
function isBad(traffic: ModelRow['traffic']): boolean {
  return traffic !== undefined && traffic.failed > 0.01 * traffic.requests
}

function ConditionMark({ condition }: { readonly condition: Condition }) {
  switch (condition.kind) {
    case 'canary': {
      const words = `${condition.version} gets ${condition.weightPercent} %`
      return (
        <span class="canary">
          <ShareBar percent={condition.weightPercent} label={words} />
          <span aria-hidden="true">{words}</span>
        </span>
      )
    }
    case 'drifted':
      return (
        <span class="badge warn">
          drift: <bdi>{condition.columns.slice(0, 2).join(', ')}</bdi>
          {condition.columns.length > 2 && ` and ${condition.columns.length - 2} more`}
        </span>
      )
    case 'failed':
      return <span class="badge bad">{condition.version} failed</span>
    case 'creating':
      return <span class="badge">{condition.version} is being released</span>
    case 'waiting':
      return <span class="badge">{condition.version} is ready</span>
  }
}

function isSameRow(before: RowProps, after: RowProps): boolean {
  return before.index === after.index && JSON.stringify(before) === JSON.stringify(after)
}

function useRowWindow(body: { readonly current: HTMLTableSectionElement | null }, rows: number) {
  const [view, setView] = useState({ rowHeight: 64, scrolled: 0, height: innerHeight })
  useEffect(() => {
    if (rows <= drawnWhole) return
    const look = () => {
      const table = body.current
      const rowHeight = table?.querySelector('tr:not(.room)')?.getBoundingClientRect().height ?? 64
      const scrolled = -(table?.getBoundingClientRect().top ?? 0)
      setView({ rowHeight, scrolled, height: innerHeight })
    }
    look()
    addEventListener('scroll', look, { passive: true })
    addEventListener('resize', look)
    return () => {
      removeEventListener('scroll', look)
      removeEventListener('resize', look)
    }
  }, [rows, body])
  if (rows <= drawnWhole) return { first: 0, end: rows, aboveHeight: 0, belowHeight: 0 }
  return rowWindow(rows, view.rowHeight, view.scrolled, view.height)
}

function moveByArrow(event: KeyboardEvent & { readonly currentTarget: HTMLTableElement }): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
  if (step === 0) return
  const links = [...event.currentTarget.querySelectorAll<HTMLAnchorElement>('tbody a')]
  const next = links[links.indexOf(document.activeElement as HTMLAnchorElement) + step]
  if (next === undefined) return
  event.preventDefault()
  next.focus()
}
