import type { Operation } from '../../lib/rules/operation.ts'
import { go } from '../navigation.ts'
import { to } from '../view/places.ts'
import type { OperationAction } from '../view/rollout-view.ts'
import { ActionDialog } from './action-dialog.tsx'

export interface OperationDialogProps {
  readonly operation: Operation
  readonly action: OperationAction
  readonly verb: string
  readonly danger: boolean
  readonly onClose: () => void
}

const effects: Readonly<Record<Exclude<OperationAction, 'rollback'>, string>> = {
  approve: 'The promotion begins at once.',
  reject: 'The promotion ends, and nothing moves.',
  pause:
    'The canary keeps its share until somebody lets it go on. Harm is still seen, and still takes the traffic back.',
  resume: 'It goes on where it was held.',
  skip: 'The next step begins whatever is known of this one. Harm still takes the traffic back.',
  abort: 'All its traffic returns to the stable version.',
}

/** What is asked of an operation. */
export function OperationDialog({ operation, action, verb, danger, onClose }: OperationDialogProps) {
  const { id, model, version, alias = 'live', rollout } = operation
  const title = `${verb}: ${model} ${version} to ${alias}`
  if (action === 'rollback') {
    const follow = (answer?: unknown) => {
      onClose()
      const next = (answer as { id?: string } | undefined)?.id
      if (next !== undefined) go(to.operation(next))
    }
    const path = `/models/${model}/aliases/${alias}/rollbacks`
    return <ActionDialog title={title} verb={verb} danger path={path} body={{}} onClose={follow} />
  }
  const place = `/models/${model}/aliases/${alias}/operations/${id}`
  const isDecision = action === 'approve' || action === 'reject'
  return (
    <ActionDialog
      {...{ title, verb, danger, onClose }}
      tries={false}
      path={isDecision ? `${place}/approval` : `${place}/${action}`}
      body={isDecision ? { decision: action } : action === 'skip' ? { step: rollout?.step ?? 0 } : {}}
    >
      <p class="aside">{effects[action]}</p>
    </ActionDialog>
  )
}
