import { runSimulation } from '@cloud-copilot/iam-simulate'
import type { Needed } from './command-rights.ts'
import { account } from './deployment.ts'
import { documentOf, type Policies, type Statement } from './policies.ts'

/** What IAM would say. `inapplicable`: the action knows no such resource. */
export interface Answer {
  readonly allowed: boolean
  readonly inapplicable: boolean
  /** Condition keys that were told and not looked at. */
  readonly ignored: readonly string[]
}

interface Asked extends Needed {
  /** The ARN of a role, or the name of a service. */
  readonly principal: string
  readonly statements?: readonly Statement[]
  readonly resourcePolicy?: readonly Statement[]
}

/** Ask IAM, as it is simulated, offline. */
export async function ask(asked: Asked): Promise<Answer> {
  const { principal, action, resource, context = {}, statements = [], resourcePolicy } = asked
  const result = await runSimulation(
    {
      request: {
        principal,
        action,
        resource: { resource, accountId: accountIn(resource) },
        contextVariables: context as Record<string, string | string[]>,
      },
      identityPolicies: statements.length === 0 ? [] : [{ name: 'own', policy: documentOf(statements) }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(resourcePolicy !== undefined &&
        resourcePolicy.length > 0 && { resourcePolicy: documentOf(resourcePolicy) }),
    },
    {},
  )
  if (result.resultType === 'error') {
    if (result.errors.message === 'no.resource.types')
      return { allowed: false, inapplicable: true, ignored: [] }
    throw new Error(`${action} on ${resource} cannot be simulated: ${JSON.stringify(result.errors)}`)
  }
  if (result.resultType === 'wildcard')
    throw new Error(`${action} is to be proven on one resource, and not on ${resource}`)
  return {
    allowed: result.overallResult === 'Allowed',
    inapplicable: false,
    ignored: result.result.ignoredContextKeys ?? [],
  }
}

/** The policy of the resource that an ARN belongs to, if it has one. */
export function policyAt({ resources }: Policies, arn: string): readonly Statement[] | undefined {
  return resources.get(arn) ?? resources.get(arn.split('/')[0] ?? '')
}

function accountIn(arn: string): string {
  const [, , service, , owner = ''] = arn.split(':')
  return service === 's3' || owner === '' ? account : owner
}
