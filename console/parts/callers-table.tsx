import type { CallWay, VersionCaller } from '../../lib/rules/calls.ts'
import { useNow } from '../reading.ts'
import { ago, moment } from '../view/figures.ts'
import { Heads } from './heads.tsx'

const wayWords: Readonly<Record<CallWay, string>> = {
  alias: 'by an alias',
  range: 'by a range',
  version: 'by its own path',
}

/** Who calls which version, by which way, and when last. */
export function CallersTable({ callers }: { readonly callers: readonly VersionCaller[] }) {
  const now = useNow(10_000)
  return (
    <table class="stacked">
      <Heads of={['Caller', 'Version', 'How', 'Last']} />
      <tbody>
        {callers.slice(0, 50).map(({ caller, version, way, lastAt }) => (
          <tr key={`${caller} ${version} ${way}`}>
            <th scope="row">
              <bdi>{caller}</bdi>
            </th>
            <td class="version">{version}</td>
            <td>{wayWords[way]}</td>
            <td title={moment(lastAt)}>{ago(lastAt, now)}, within an hour</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
