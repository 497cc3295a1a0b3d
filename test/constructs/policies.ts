import type { Template } from 'aws-cdk-lib/assertions'
import { resourcesOf, spelt } from './synthesized.ts'

export interface Statement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action: string | readonly string[]
  readonly Resource: unknown
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

interface PolicyProperties {
  readonly PolicyDocument: { readonly Statement: readonly Statement[] }
  readonly Roles?: readonly { readonly Ref: string }[]
}

const many = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T])

/** The statements of a role's policies. */
export function statementsOf(template: Template, role: string): Statement[] {
  return resourcesOf<PolicyProperties>(template, 'AWS::IAM::Policy')
    .filter(([, { Properties }]) => Properties.Roles?.some(({ Ref }) => Ref === role))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
}

/** The resources that the policies of these logical ids name, one by one. */
export function policiesOf(template: Template, ids: readonly string[]): string[] {
  return resourcesOf<PolicyProperties>(template, 'AWS::IAM::Policy')
    .filter(([id]) => ids.includes(id))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
    .flatMap(({ Resource }) => many(Resource).map(spelt))
}

/** Whether a resource of a policy, with its wildcards, is this one. */
export function matchesArn(pattern: string, arn: string): boolean {
  const escaped = pattern.split('*').map((part) => part.replaceAll(/[.?+^$[\]\\(){}|]/g, '\\$&'))
  return new RegExp(`^${escaped.join('.*')}$`, 's').test(arn)
}

/** Whether statements allow an action on a resource. Of conditions, only `StringLike` on one key is understood. */
export function allows(
  statements: readonly Statement[],
  action: string,
  arn: string,
  context: Readonly<Record<string, string>> = {},
): boolean {
  return statements.some(
    ({ Effect, Action, Resource, Condition }) =>
      Effect === 'Allow' &&
      many(Action).includes(action) &&
      many(Resource).some((resource) => matchesArn(spelt(resource), arn)) &&
      Object.entries(Condition ?? {}).every(([operator, keys]) => {
        if (operator !== 'StringLike')
          throw new Error(`a condition that this test does not know: ${operator}`)
        return Object.entries(keys).every(([key, values]) =>
          many(values).some((value) => matchesArn(String(value), context[key] ?? '')),
        )
      }),
  )
}
