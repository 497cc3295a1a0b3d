import { useState } from 'preact/hooks'
import { go } from '../navigation.ts'
import { to } from '../view/places.ts'
import { ActionDialog } from './action-dialog.tsx'

const rollouts = [
  ['', 'As its manifest says; else 10 % for ten minutes, then 50 %'],
  ['canary:10%/60s,50%/60s', 'Quickly: 10 % for a minute, then 50 %'],
  ['linear:20%/60s', 'Evenly: 20 % more every minute'],
  ['all-at-once', 'All at once'],
] as const

export interface PromoteDialogProps {
  readonly model: string
  readonly version: string
  /** Those that may be moved. */
  readonly aliases: readonly string[]
  readonly onClose: () => void
}

/** Let a version onto an alias. */
export function PromoteDialog({ model, version, aliases, onClose }: PromoteDialogProps) {
  const [alias, setAlias] = useState(aliases[0] ?? 'live')
  const [rollout, setRollout] = useState('')
  const done = (answer?: unknown) => {
    onClose()
    const id = (answer as { id?: string } | undefined)?.id
    if (id !== undefined) go(to.operation(id))
  }
  return (
    <ActionDialog
      title={`Promote ${model} ${version}`}
      verb="Promote"
      path={`/models/${model}/aliases/${alias}/promotions`}
      body={{ version, ...(rollout !== '' && { rollout }) }}
      onClose={done}
    >
      <label for="alias">Alias</label>
      <select id="alias" value={alias} onChange={(event) => setAlias(event.currentTarget.value)}>
        {aliases.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <label for="rollout">How</label>
      <select id="rollout" value={rollout} onChange={(event) => setRollout(event.currentTarget.value)}>
        {rollouts.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </ActionDialog>
  )
}
