import { useNow } from '../reading.ts'
import { ago, moment } from '../view/figures.ts'
import { to } from '../view/places.ts'
import type { OperationLine } from '../view/version-rows.ts'
import { Heads } from './heads.tsx'

/** `succeeded` and its kin, each in its colour. */
export function StateMark({ state }: { readonly state: OperationLine['state'] }) {
  const tone = { waiting: 'warn', running: 'good', succeeded: '', failed: 'bad', 'rolled-back': 'bad' }[state]
  return <span class={`badge ${tone}`}>{state}</span>
}

/** The latest operations of a model. */
export function OperationsTable({ operations }: { readonly operations: readonly OperationLine[] }) {
  const now = useNow(10_000)
  return (
    <table class="stacked">
      <Heads of={['Operation', 'Version', 'State', 'Began', 'Why']} />
      <tbody>
        {operations.map(({ id, kind, version, state, startedAt, reason }) => (
          <tr key={id}>
            <th scope="row">
              <a href={to.operation(id)}>{kind}</a>
            </th>
            <td class="version">{version}</td>
            <td>
              <StateMark state={state} />
            </td>
            <td title={moment(startedAt)}>{ago(startedAt, now)}</td>
            <td class="aside">
              <bdi>{reason}</bdi>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
