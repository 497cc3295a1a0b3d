import type { TraceBar } from '../view/call-trace.ts'
import { milliseconds } from '../view/figures.ts'

/** What a call took, part by part, one below the other as they began. */
export function Waterfall({ bars }: { readonly bars: readonly TraceBar[] }) {
  const whole = Math.max(0.001, ...bars.map(({ startMs, tookMs }) => startMs + tookMs))
  return (
    <table class="waterfall">
      <caption class="hidden">What the call took, part by part</caption>
      <tbody>
        {bars.map(({ name, what, startMs, tookMs }) => (
          <tr key={name}>
            <th scope="row">
              <bdi>{name}</bdi>
              {what !== undefined && <span class="aside"> {what}</span>}
            </th>
            <td class="lane">
              <svg viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">
                <rect
                  class={name === 'Sluice' ? 'own' : 'part'}
                  x={(1000 * startMs) / whole}
                  width={Math.max(3, (1000 * tookMs) / whole)}
                  height="8"
                />
              </svg>
            </td>
            <td class="figure">{milliseconds(tookMs)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
