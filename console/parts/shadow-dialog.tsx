import { useState } from 'preact/hooks'
import { ActionDialog } from './action-dialog.tsx'
import type { PromoteDialogProps } from './promote-dialog.tsx'

const shares = [1, 10, 50, 100]

/** Let a version answer beside an alias, for nobody but the comparison. */
export function ShadowDialog({ model, version, aliases, onClose }: PromoteDialogProps) {
  const [alias, setAlias] = useState(aliases[0] ?? 'live')
  const [share, setShare] = useState(10)
  return (
    <ActionDialog
      title={`Let ${model} ${version} answer in the shadow`}
      verb="Cast it"
      path={`/models/${model}/shadows`}
      body={{ alias, version, samplePercent: share }}
      onClose={onClose}
    >
      <p class="aside">Callers hear nothing of it: what it answers is compared, and left.</p>
      <label for="alias">Of</label>
      <select id="alias" value={alias} onChange={(event) => setAlias(event.currentTarget.value)}>
        {aliases.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <label for="share">Share of its calls</label>
      <select id="share" value={share} onChange={(event) => setShare(Number(event.currentTarget.value))}>
        {shares.map((percent) => (
          <option key={percent} value={percent}>
            {percent} %
          </option>
        ))}
      </select>
    </ActionDialog>
  )
}
