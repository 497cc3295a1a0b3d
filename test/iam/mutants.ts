import { account } from './deployment.ts'
import type { Role, Statement } from './policies.ts'
import { covers, type Touched } from './proof.ts'
import { type Action, appliesTo } from './universe.ts'

/** A role with one fault, and what the fault is. */
export interface Mutant {
  readonly what: string
  readonly role: Role
  readonly touched: Touched
}

interface Fault {
  readonly what: string
  /** The statement with the fault; none where the fault is that it is missing. */
  readonly statement?: Statement
}

/** Every fault of every statement of a role: what a slip of the hand, or a library's default, makes of it. */
export function mutantsOf(role: Role, actions: readonly Action[]): Mutant[] {
  const inPlace = (
    part: Touched['part'],
    list: readonly Statement[],
    faultsOf: (one: Statement) => Fault[],
  ) =>
    list.flatMap((one, i) =>
      faultsOf(one).map(({ what, statement }) => ({
        what: `${role.id}, statement ${i + 1}: ${what}`,
        touched: { part, was: one, ...(statement !== undefined && { is: statement }) },
        list: statement === undefined ? list.toSpliced(i, 1) : list.toSpliced(i, 1, statement),
      })),
    )
  return [
    ...inPlace('statements', role.statements, (one) => identityFaults(one, actions)).map(
      ({ list, ...rest }) => ({
        ...rest,
        role: { ...role, statements: list },
      }),
    ),
    ...inPlace('trust', role.trust, trustFaults).map(({ list, ...rest }) => ({
      ...rest,
      what: `trust of ${rest.what}`,
      role: { ...role, trust: list },
    })),
  ]
}

function identityFaults(statement: Statement, actions: readonly Action[]): Fault[] {
  return [
    { what: 'dropped' },
    ...actionFaults(statement, actions),
    ...resourceFaults(statement),
    ...conditionFaults(statement),
  ]
}

function actionFaults(statement: Statement, all: readonly Action[]): Fault[] {
  const { actions } = statement
  const known = all.filter((one) => appliesTo(one, statement))
  const covered = (patterns: readonly string[]) =>
    known.filter(({ name }) => patterns.some((pattern) => covers(pattern, name))).length
  return actions.flatMap((action, i) => {
    const [service = '', name = ''] = action.split(':')
    const verb = name.match(/^[A-Z][a-z]+/)?.[0] ?? name
    // A pattern that allows what is allowed already, and no more, is no fault.
    const wider = [`${service}:*`, `${service}:${verb}*`, `${service}:${name}*`].filter(
      (pattern) => covered(actions.toSpliced(i, 1, pattern)) > covered(actions),
    )
    return [...(actions.length > 1 ? [undefined] : []), ...new Set(wider)].map((by) => ({
      what: by === undefined ? `without ${action}` : `${action} is ${by}`,
      statement: { ...statement, actions: actions.toSpliced(i, 1, ...(by === undefined ? [] : [by])) },
    }))
  })
}

function resourceFaults(statement: Statement): Fault[] {
  const { resources } = statement
  return resources.flatMap((resource, i) => {
    const wider = new Set([
      '*',
      // Without the last part of the name, without all of it, in whichever account.
      resource.replace(/[^/:-]+\*?$/, '*'),
      resource.replace(
        /(:(?:function|stateMachine|table|repository|project|log-group|event-bus|role|model|endpoint-config|endpoint|alarm|scalable-target|:)[:/]?)[^:/].*$/,
        '$1*',
      ),
      resource.replace(`:${account}:`, ':*:'),
    ])
    wider.delete(resource)
    return [
      ...(resources.length > 1
        ? [{ what: `without ${resource}`, statement: { ...statement, resources: resources.toSpliced(i, 1) } }]
        : []),
      ...[...wider].map((by) => ({
        what: `${resource} is ${by}`,
        statement: { ...statement, resources: resources.toSpliced(i, 1, by) },
      })),
    ]
  })
}

function conditionFaults(statement: Statement): Fault[] {
  const pairs = Object.entries(statement.conditions).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, value]) => ({ operator, key, value })),
  )
  const without = (operator: string, key: string) => {
    const { [key]: _, ...rest } = statement.conditions[operator] ?? {}
    const { [operator]: __, ...others } = statement.conditions
    return Object.keys(rest).length === 0 ? others : { ...others, [operator]: rest }
  }
  return pairs.flatMap(({ operator, key, value }) => {
    const changed = (what: string, conditions: Statement['conditions']): Fault => ({
      what,
      statement: { ...statement, conditions },
    })
    const kept = without(operator, key)
    const service = key === 'iam:PassedToService'
    return [
      changed(`without its condition on ${key}`, kept),
      ...(operator === 'Null'
        ? [
            changed(`${key} may be absent`, {
              ...kept,
              Null: { [key]: value === 'false' ? 'true' : 'false' },
            }),
          ]
        : [
            changed(`${key} is something else`, {
              ...kept,
              [operator]: { [key]: service ? 'ec2.amazonaws.com' : 'another' },
            }),
            changed(`${key} is anything`, { ...kept, [operator.replace('Equals', 'Like')]: { [key]: '*' } }),
          ]),
    ]
  })
}

function trustFaults(statement: Statement): Fault[] {
  const with_ = (what: string, principals: NonNullable<Statement['principals']>): Fault => ({
    what,
    statement: { ...statement, principals },
  })
  const services = (statement.principals as { Service?: readonly string[] }).Service ?? []
  return [
    { what: 'dropped' },
    with_('trusts another service', { Service: ['ec2.amazonaws.com'] }),
    with_('trusts another service as well', { Service: [...services, 'ec2.amazonaws.com'] }),
    { what: 'trusts everybody', statement: { ...statement, principals: { AWS: ['*'] }, conditions: {} } },
    {
      what: 'trusts another account',
      statement: { ...statement, principals: { AWS: ['arn:aws:iam::999999999999:root'] }, conditions: {} },
    },
    { what: 'with sts:*', statement: { ...statement, actions: ['sts:*'] } },
    ...conditionFaults(statement),
  ]
}

/** Every fault of a resource's own policy. */
export function guardMutantsOf(
  statements: readonly Statement[],
  actions: readonly Action[],
): { readonly what: string; readonly statements: readonly Statement[] }[] {
  return statements.flatMap((one, i) =>
    (one.effect === 'Deny' ? denialFaults(one) : guardFaults(one, actions))
      .filter(({ statement }) => statement !== undefined || !isCovered(one, statements))
      .map(({ what, statement }) => ({
        what: `statement ${i + 1}: ${what}`,
        statements:
          statement === undefined ? statements.toSpliced(i, 1) : statements.toSpliced(i, 1, statement),
      })),
  )
}

/** Another statement lets in all that this one does: a REST API's `/*` of one path is that of the paths below it, too. */
function isCovered(statement: Statement, all: readonly Statement[]): boolean {
  const sourceOf = (one: Statement) => String(one.conditions['ArnLike']?.['aws:SourceArn'] ?? '')
  return all.some(
    (other) =>
      other !== statement &&
      sourceOf(other).includes('*') &&
      JSON.stringify({ ...other, conditions: {} }) === JSON.stringify({ ...statement, conditions: {} }) &&
      covers(sourceOf(other), sourceOf(statement)),
  )
}

function guardFaults(statement: Statement, actions: readonly Action[]): Fault[] {
  const trusting = trustFaults(statement).filter(({ statement: changed }) => changed?.actions[0] !== 'sts:*')
  // A repository's statement names no resource: it is the repository's.
  const placed = statement.resources.length > 0 ? actionFaults(statement, actions) : []
  return [...trusting, ...placed]
}

function denialFaults(statement: Statement): Fault[] {
  const { resources } = statement
  return [
    { what: 'dropped' },
    { what: 'without its condition', statement: { ...statement, conditions: {} } },
    { what: 'of reading only', statement: { ...statement, actions: ['s3:GetObject'] } },
    ...resources.map((resource, i) => ({
      what: `without ${resource}`,
      statement: { ...statement, resources: resources.toSpliced(i, 1, `${resource}-another`) },
    })),
  ]
}
