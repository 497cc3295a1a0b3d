import type { AliasRecord } from '../../lib/rules/routing.ts'
import { to } from '../view/places.ts'
import type { OperationLine } from '../view/version-rows.ts'
import { ShareBar } from './share-bar.tsx'

/** What is moving now, with the way to it. */
export function UnderWay({
  operations,
  aliases,
}: {
  readonly operations: readonly OperationLine[]
  readonly aliases: Readonly<Record<string, AliasRecord>>
}) {
  if (operations.length === 0) return null
  const canaryOf = (id: string) => Object.values(aliases).find(({ canary }) => canary?.rollout === id)?.canary
  return (
    <ul class="under-way">
      {operations.map(({ id, kind, version, state, waitsFor }) => {
        const canary = canaryOf(id)
        return (
          <li key={id}>
            <a href={to.operation(id)}>
              {state === 'waiting' ? 'Waits for a person' : `A ${kind} is under way`}: {version}
              {canary !== undefined && ` gets ${canary.weightPercent} %`}
            </a>
            {canary !== undefined && (
              <ShareBar percent={canary.weightPercent} label={`${version} gets ${canary.weightPercent} %`} />
            )}
            {waitsFor !== undefined && (
              <span class="aside">
                <bdi>{waitsFor}</bdi>
              </span>
            )}
          </li>
        )
      })}
    </ul>
  )
}
