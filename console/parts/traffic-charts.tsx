import type { VersionTraffic } from '../../lib/rules/traffic.ts'
import { useReading } from '../reading.ts'
import { LineChart, type Tone, tones } from './line-chart.tsx'

export interface TrafficOfModel {
  readonly sliceSeconds: number
  readonly versions: readonly VersionTraffic[]
}

const everyMs = 2000

export function useTraffic(model: string | undefined) {
  const path = model === undefined ? undefined : `/models/${encodeURIComponent(model)}/traffic`
  return useReading<TrafficOfModel>(path, { everyMs, on: () => false })
}

/** Calls of each version, and the share of them that failed, slice by slice of ten minutes. */
export function TrafficCharts({
  traffic,
  canary,
}: {
  readonly traffic: TrafficOfModel
  readonly canary?: string | undefined
}) {
  const { sliceSeconds, versions } = traffic
  const pointMs = sliceSeconds * 1000
  // The present slice still grows; what ended before it is whole.
  const endMs = (Math.floor(Date.now() / pointMs) - 1) * pointMs
  const shown = versions.slice(0, 4)
  // One line is the one to look at: the canary where there is one, else what is called the most.
  const first = shown.find(({ version }) => version === canary) ?? shown[0]
  const others = shown.filter((one) => one !== first)
  const tone = (one: VersionTraffic): Tone => tones[others.indexOf(one) + 1] ?? 'fourth'
  const label = ({ version, variant }: VersionTraffic) =>
    variant === 'canary' ? `${version} as canary` : version
  if (shown.length === 0) return <p class="quiet-note">Nobody has called it in the last ten minutes.</p>
  return (
    <div class="charts">
      <LineChart
        {...{ endMs, pointMs }}
        title="Calls a second"
        unit=""
        lines={shown.map((one) => ({
          ...{ label: label(one), tone: tone(one) },
          values: one.calls.slice(0, -1).map((calls) => calls / sliceSeconds),
        }))}
      />
      <LineChart
        {...{ endMs, pointMs }}
        title="Failed"
        unit="%"
        lines={shown.map((one) => ({
          ...{ label: label(one), tone: tone(one) },
          values: one.calls
            .slice(0, -1)
            .map((calls, i) => (calls === 0 ? null : (100 * (one.failed[i] ?? 0)) / calls)),
        }))}
      />
    </div>
  )
}
