import type { Operation } from '../../lib/rules/operation.ts'
import type { Verdict } from '../../lib/rules/verdict.ts'
import { useNow } from '../reading.ts'
import { duration } from '../view/figures.ts'
import { bakesFor, evidenceOf, type StepView, stepsOf, timesText } from '../view/rollout-view.ts'

const stateWords: Readonly<Record<StepView['state'], string>> = {
  passed: 'passed',
  now: 'now',
  ahead: 'ahead',
  left: 'taken back here',
}

/** The way of a version to all traffic, and where it is on it. */
export function RolloutSteps({ operation }: { readonly operation: Operation }) {
  const now = useNow()
  const bakes = bakesFor(operation, now)
  return (
    <ol class="steps" aria-label="Steps of the rollout">
      {stepsOf(operation).map(({ weightPercent, bakeTimeSeconds, state }) => (
        <li key={weightPercent} class={state} aria-current={state === 'now' ? 'step' : undefined}>
          <span class="weight">{weightPercent} %</span>
          <span class="aside">
            {state === 'now' && bakes !== undefined
              ? bakes === 0
                ? 'baked; held by the evidence'
                : `bakes for ${duration(bakes)}`
              : bakeTimeSeconds !== undefined && state === 'ahead'
                ? `for ${duration(bakeTimeSeconds * 1000)}`
                : stateWords[state]}
          </span>
        </li>
      ))}
    </ol>
  )
}

/** What was seen, and how near it is to where the traffic is taken back. */
export function VerdictEvidence({ verdict }: { readonly verdict: Verdict }) {
  return (
    <div class="evidence">
      <h2>Evidence against the canary</h2>
      <p class="aside">
        How many times less likely what was seen is if the canary is as good as the stable version. At{' '}
        {evidenceOf(verdict)[0]?.bound} × and above the limit, its traffic is taken back.
      </p>
      {evidenceOf(verdict).map(({ of, times, bound, share }) => (
        <div class="meter" key={of}>
          <span>{of}</span>
          <meter
            min={0}
            max={1}
            value={share}
            aria-label={`Evidence by ${of}: ${timesText(times)} of ${bound}`}
          />
          <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
            <rect class="rest" width="100" height="6" />
            <rect class={share >= 1 ? 'part bad' : 'part'} width={share * 100} height="6" />
          </svg>
          <span class="figure">{timesText(times)}</span>
        </div>
      ))}
    </div>
  )
}
