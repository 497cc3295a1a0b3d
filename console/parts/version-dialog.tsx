import { go } from '../navigation.ts'
import { to } from '../view/places.ts'
import type { VersionAction } from '../view/version-rows.ts'
import { ActionDialog } from './action-dialog.tsx'
import { PromoteDialog } from './promote-dialog.tsx'
import { ShadowDialog } from './shadow-dialog.tsx'

export interface VersionDialogProps {
  readonly action: VersionAction | 'rollback' | 'unshadow'
  readonly model: string
  /** The version; of a rollback the alias. */
  readonly of: string
  readonly aliases: readonly string[]
  readonly onClose: () => void
}

/** What is asked of a version, or of an alias that is to return. */
export function VersionDialog({ action, model, of, aliases, onClose }: VersionDialogProps) {
  const follow = (answer?: unknown) => {
    onClose()
    const id = (answer as { id?: string } | undefined)?.id
    if (id !== undefined) go(to.operation(id))
  }
  switch (action) {
    case 'promote':
      return <PromoteDialog model={model} version={of} aliases={aliases} onClose={onClose} />
    case 'rollback':
      return (
        <ActionDialog
          title={`Roll ${of} of ${model} back`}
          verb="Roll back"
          danger
          path={`/models/${model}/aliases/${of}/rollbacks`}
          body={{}}
          onClose={follow}
        />
      )
    case 'deprecate':
      return (
        <ActionDialog
          title={`Deprecate ${model} ${of}`}
          verb="Deprecate"
          path={`/models/${model}/versions/${of}/deprecation`}
          body={{}}
          onClose={onClose}
        >
          <p class="aside">It goes on answering, and every answer tells its callers to leave it.</p>
        </ActionDialog>
      )
    case 'undeprecate':
      return (
        <ActionDialog
          title={`Undo the deprecation of ${model} ${of}`}
          verb="Undo"
          method="DELETE"
          path={`/models/${model}/versions/${of}/deprecation`}
          body={{}}
          onClose={onClose}
        />
      )
    case 'shadow':
      return <ShadowDialog model={model} version={of} aliases={aliases} onClose={onClose} />
    case 'unshadow':
      return (
        <ActionDialog
          title={`End the shadow of ${of} of ${model}`}
          verb="End it"
          method="DELETE"
          path={`/models/${model}/shadows/${of}`}
          body={{}}
          onClose={onClose}
        />
      )
    case 'retire':
      return (
        <ActionDialog
          title={`Retire ${model} ${of}`}
          verb="Retire"
          danger
          path={`/models/${model}/retirements`}
          body={{ version: of }}
          onClose={follow}
        >
          <p class="aside">Its path answers 410 from then on. It cannot be taken back.</p>
        </ActionDialog>
      )
  }
}
