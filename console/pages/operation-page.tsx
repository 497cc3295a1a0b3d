import { useEffect, useState } from 'preact/hooks'
import { isOver, type Operation } from '../../lib/rules/operation.ts'
import type { Rights } from '../../lib/rules/rights.ts'
import { keepFocus } from '../navigation.ts'
import { Loading, RefusalNotice } from '../parts/notice.tsx'
import { OperationDialog } from '../parts/operation-dialog.tsx'
import { StateMark } from '../parts/operations-table.tsx'
import { RolloutSteps, VerdictEvidence } from '../parts/rollout-parts.tsx'
import { TrafficCharts, useTraffic } from '../parts/traffic-charts.tsx'
import { useNow, useReading } from '../reading.ts'
import { ago, moment } from '../view/figures.ts'
import { to } from '../view/places.ts'
import { actionsOf, type OperationAction, standingOf } from '../view/rollout-view.ts'

const whileRunningMs = 1000

const words: Readonly<Record<OperationAction, string>> = {
  approve: 'Approve',
  reject: 'Reject',
  pause: 'Hold',
  resume: 'Go on',
  skip: 'Next step now',
  abort: 'Abort',
  rollback: 'Roll back',
}
const dangerous: ReadonlySet<OperationAction> = new Set(['reject', 'abort', 'rollback'])

/** An operation: where it stands, what speaks for and against it, and what may be asked of it. */
export function OperationPage({ id }: { readonly id: string }) {
  const [running, setRunning] = useState(true)
  const found = useReading<Operation>(`/operations/${encodeURIComponent(id)}`, {
    on: (event) => event.operation === id,
    everyMs: running ? whileRunningMs : undefined,
  })
  const operation = found.data
  if (operation !== undefined && isOver(operation) === running) setRunning(!isOver(operation))
  const model = operation === undefined ? undefined : encodeURIComponent(operation.model)
  const rights = useReading<Rights>(model && `/models/${model}/rights`, { on: () => false })
  const [asked, setAsked] = useState<OperationAction>()
  const offered = operation === undefined ? [] : actionsOf(operation, rights.data)
  // The button that was pressed may be offered no longer.
  useEffect(keepFocus, [offered.join()])
  if (operation === undefined)
    return found.refusal === undefined ? (
      <Loading what="the operation" />
    ) : (
      <RefusalNotice refusal={found.refusal} again={found.again} />
    )
  return (
    <article class="operation">
      <header class="model-heading">
        <p class="aside">
          <a href={to.models}>Models</a> / <a href={to.model(operation.model)}>{operation.model}</a>
        </p>
        <h1>
          {operation.kind === 'promotion' ? 'Promotion' : capital(operation.kind)} of{' '}
          <span class="plain">{operation.version}</span>
          {operation.alias !== undefined && ` to ${operation.alias}`}
        </h1>
        <p>
          <StateMark state={operation.state} /> <bdi>{standingOf(operation)}</bdi>
        </p>
      </header>
      <div class="buttons">
        {offered.map((action) => (
          <button
            key={action}
            type="button"
            class={dangerous.has(action) ? 'danger' : action === 'approve' ? 'primary' : ''}
            onClick={() => setAsked(action)}
          >
            {words[action]}
          </button>
        ))}
      </div>
      <Rollout operation={operation} />
      <div class="columns">
        <Facts operation={operation} />
        <Progress operation={operation} />
      </div>
      {asked !== undefined && (
        <OperationDialog
          operation={operation}
          action={asked}
          verb={words[asked]}
          danger={dangerous.has(asked)}
          onClose={() => {
            setAsked(undefined)
            found.again()
          }}
        />
      )}
    </article>
  )
}

function Rollout({ operation }: { readonly operation: Operation }) {
  const isPromotion = operation.kind === 'promotion' && operation.rollout !== undefined
  const traffic = useTraffic(isPromotion && !isOver(operation) ? operation.model : undefined)
  if (!isPromotion) return null
  return (
    <section>
      <RolloutSteps operation={operation} />
      {operation.rollout?.verdict !== undefined && <VerdictEvidence verdict={operation.rollout.verdict} />}
      {traffic.data !== undefined && <TrafficCharts traffic={traffic.data} canary={operation.version} />}
    </section>
  )
}

function Facts({ operation }: { readonly operation: Operation }) {
  const { actor, reason, startedAt, endedAt, gates = [], approval, promotion, next } = operation
  const now = useNow(10_000)
  return (
    <section>
      <h2>Why</h2>
      <dl class="facts">
        <dt>Asked for by</dt>
        <dd>
          <bdi>{actor}</bdi> <time title={moment(startedAt)}>{ago(startedAt, now)}</time>
        </dd>
        <dt>Reason</dt>
        <dd>
          <bdi>{reason}</bdi>
        </dd>
        {endedAt !== undefined && (
          <>
            <dt>Ended</dt>
            <dd>{moment(endedAt)}</dd>
          </>
        )}
        {approval?.decision !== undefined && (
          <>
            <dt>Decided</dt>
            <dd>
              {approval.decision.decision} by <bdi>{approval.decision.by}</bdi>:{' '}
              <bdi>{approval.decision.reason}</bdi>
            </dd>
          </>
        )}
        {gates.map(({ gate, found }) => (
          <Gate key={gate} gate={gate} found={found} />
        ))}
        {(promotion ?? next) !== undefined && (
          <>
            <dt>Went on as</dt>
            <dd>
              <a href={to.operation(promotion ?? next ?? '')}>the promotion</a>
            </dd>
          </>
        )}
      </dl>
    </section>
  )
}

function Gate({ gate, found }: { readonly gate: string; readonly found: string }) {
  return (
    <>
      <dt>Gate: {gate}</dt>
      <dd>
        <bdi>{found}</bdi>
      </dd>
    </>
  )
}

function Progress({ operation: { progress } }: { readonly operation: Operation }) {
  return (
    <section>
      <h2>What happened</h2>
      <ol class="progress">
        {progress.toReversed().map(({ at, text }, i) => (
          <li key={`${at} ${progress.length - i}`}>
            <time class="aside">{moment(at).slice(11)}</time> <bdi>{text}</bdi>
          </li>
        ))}
      </ol>
    </section>
  )
}

function capital(word: string): string {
  return `${word[0]?.toUpperCase()}${word.slice(1)}`
}
