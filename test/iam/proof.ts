import type { Derived } from './calls.ts'
import type { Needed } from './command-rights.ts'
import { abroad, account } from './deployment.ts'
import type { Call, Holder } from './holder.ts'
import type { Policies, Role, Statement } from './policies.ts'
import { ask, policyAt } from './simulator.ts'
import { type Action, type Universe, variantOf, variantsOf } from './universe.ts'

/** One thing that a role is allowed or denied, and should not be. */
export interface Finding {
  readonly role: string
  readonly what: string
}

/** The one statement of a role that differs from what was proven before: only what it touches is looked at again. */
export interface Touched {
  readonly part: 'statements' | 'trust'
  readonly was: Statement
  /** None where it was dropped. */
  readonly is?: Statement
}

export interface World {
  readonly policies: Policies
  readonly derived: Derived
  readonly universe: Universe
  readonly actions: readonly Action[]
}

/** Whether a pattern of a policy covers a text: `*` is any number of characters, `?` one. */
export function covers(pattern: string, text: string): boolean {
  return expressionOf(pattern).test(text)
}

const expressions = new Map<string, RegExp>()

function expressionOf(pattern: string): RegExp {
  const known = expressions.get(pattern)
  if (known !== undefined) return known
  const escaped = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  const made = new RegExp(`^${escaped}$`, 'i')
  expressions.set(pattern, made)
  return made
}

/**
 * All that is wrong with a role, as it comes to light: a call that is denied or was judged without a condition key, a
 * grant that no call needs, anything allowed beyond the calls, and trust in anybody but the role's holder.
 */
export async function* findings(world: World, role: Role, touched?: Touched): AsyncGenerator<Finding> {
  const holder = world.derived.holders.get(role.id)
  if (holder === undefined) {
    yield {
      role: role.id,
      what: 'nobody is known to hold this role: tell test/iam/calls.ts whose it is and what it calls',
    }
    return
  }
  const tell = (what: string): Finding => ({ role: `${holder.name} (${role.id})`, what })
  if (touched?.part !== 'trust') {
    for (const arn of role.managed.filter((one) => one !== holder.demanded))
      yield tell(`has the policy ${arn}, which is managed elsewhere: state what it needs`)
    if (holder.demanded !== undefined && !role.managed.includes(holder.demanded))
      yield tell(`lacks the policy ${holder.demanded}`)
    for (const what of surplus(role, holder)) yield tell(what)
    for await (const what of denied(world, role, holder, touched)) yield tell(what)
    for await (const what of wider(world, role, holder, touched)) yield tell(what)
  }
  if (touched?.part !== 'statements') for await (const what of trusted(role, holder)) yield tell(what)
}

/** The condition keys that are told with a call and that the simulator passes over: each would make a proof hollow. */
export async function ignoredKeys({ policies, derived }: World): Promise<string[]> {
  const ignored: string[] = []
  for (const [id, { calls }] of derived.holders) {
    const role = policies.roles.get(id)
    if (role === undefined) continue
    for (const call of calls)
      ignored.push(...(await ask({ ...call, ...asRole(policies, role, call.resource) })).ignored)
  }
  return ignored
}

async function* denied(
  { policies }: World,
  role: Role,
  { calls }: Holder,
  touched?: Touched,
): AsyncGenerator<string> {
  const relying = ({ action }: Call) =>
    touched === undefined || touched.was.actions.some((each) => covers(each, action))
  for (const call of calls.filter(relying)) {
    const { allowed, inapplicable } = await ask({ ...call, ...asRole(policies, role, call.resource) })
    if (inapplicable) yield `${call.action} knows no resource like ${call.resource} (${call.why})`
    else if (!allowed) yield `${call.action} on ${call.resource} is denied, and ${call.why}`
  }
}

/** Every action and resource that a statement names is there for a call. */
function* surplus({ statements }: Role, { calls }: Holder): Generator<string> {
  for (const { effect, actions, resources } of statements) {
    if (effect === 'Deny') continue
    for (const action of actions) {
      const needing = calls.filter((call) => covers(action, call.action))
      if (needing.length === 0) yield `${action} is allowed, and no call needs it`
    }
    for (const resource of resources) {
      const needing = calls.filter(
        (call) => covers(resource, call.resource) && actions.some((action) => covers(action, call.action)),
      )
      if (needing.length === 0) yield `${actions.join(', ')} on ${resource} is allowed, and no call needs it`
    }
  }
}

/** Whatever a statement may cover, of all actions on everything that there is, has to be one of the calls. */
async function* wider(world: World, role: Role, holder: Holder, touched?: Touched): AsyncGenerator<string> {
  const { policies, universe } = world
  const meant = meantBy(holder, universe)
  const statements = touched === undefined ? role.statements : [touched.is].filter((one) => one !== undefined)
  for (const { probe, variant } of probesOf(world, statements, holder)) {
    // Who may list without a prefix may list with any.
    const isMeant = [variant, ...(variant === '' ? [] : ['none'])].some((each) =>
      meant.has(placed(universe, probe, each)),
    )
    if (isMeant) continue
    const { allowed } = await ask({ ...probe, ...asRole(policies, role, probe.resource) })
    const told = variant === '' ? '' : ` with ${variant}`
    if (allowed) yield `${probe.action} on ${probe.resource}${told} is allowed, and is no call of its`
  }
}

function placed(universe: Universe, { action, resource }: Needed, variant: string): string {
  return [action, universe.classOf(resource), variant].join(' ')
}

const known = new WeakMap<Holder, ReadonlySet<string>>()

/** Where a holder's calls go, each told as one of its kind. */
function meantBy(holder: Holder, universe: Universe): ReadonlySet<string> {
  const meant =
    known.get(holder) ??
    new Set(holder.calls.map((call) => placed(universe, call, variantOf(call, holder.name))))
  known.set(holder, meant)
  return meant
}

/** Every request that a statement may be about. */
function* probesOf(
  { universe, actions }: World,
  statements: readonly Statement[],
  { name: holder }: Holder,
): Generator<{ readonly probe: Needed; readonly variant: string }> {
  for (const statement of statements) {
    if (statement.effect === 'Deny') continue
    const reached = reachedBy(statement, universe.resources)
    for (const { name, everywhere } of actions) {
      if (!statement.actions.some((each) => covers(each, name))) continue
      for (const resource of reached)
        if ((resource === '*') === everywhere)
          for (const [variant, context] of Object.entries(variantsOf(name, holder)))
            yield { probe: { action: name, resource, context }, variant }
    }
  }
}

function reachedBy({ resources }: Statement, all: readonly string[]): readonly string[] {
  return all.filter((resource) => resources.some((pattern) => covers(pattern, resource)))
}

const open: readonly Statement[] = [
  { effect: 'Allow', actions: ['*'], resources: ['*'], principals: { AWS: ['*'] }, conditions: {} },
]

function asRole(policies: Policies, role: Role, resource: string) {
  // The worst neighbour: whatever is in another account lets everybody in.
  const resourcePolicy = resource.includes(`:${abroad}:`) ? open : policyAt(policies, resource)
  return {
    principal: role.arn,
    statements: role.statements,
    ...(resourcePolicy !== undefined && { resourcePolicy }),
  }
}

/**
 * Whose trust is not bound to the account: Lambda tells nothing of where a call comes from while it prepares a network
 * for a function, and model functions may be in one. API Gateway's documentation shows its own without any condition.
 */
const unbound = new Set(['model functions', 'REST APIs of the account'])
const strangers = [
  'ec2',
  'lambda',
  'states',
  'codebuild',
  'sagemaker',
  'events',
  'scheduler',
  'apigateway',
  'firehose',
  'logs',
]
const people = [`arn:aws:iam::${abroad}:role/somebody`, `arn:aws:iam::${account}:role/somebody`]

/** On whose behalf a service says that it acts: Firehose and CloudWatch Logs by what their documentation has, each its own way. */
function tellingOf(service: string, of: string, arn: string | undefined): Record<string, string> {
  if (service === 'firehose.amazonaws.com') return { 'sts:ExternalId': of }
  const source = (from: string | undefined): Record<string, string> =>
    from === undefined ? {} : { 'aws:SourceArn': from }
  if (service === 'logs.amazonaws.com') return source(arn?.replace(account, of))
  return { 'aws:SourceAccount': of, ...source(arn) }
}

async function* trusted(role: Role, { service, arn, name }: Holder): AsyncGenerator<string> {
  const from = tellingOf(service, account, arn)
  const assumes = async (principal: string, context: Record<string, string>, action = 'sts:AssumeRole') => {
    const may: Statement = { effect: 'Allow', actions: ['sts:*'], resources: ['*'], conditions: {} }
    const statements = principal.startsWith('arn:') ? [may] : []
    const asked = { principal, action, resource: role.arn, context, statements, resourcePolicy: role.trust }
    return (await ask(asked)).allowed
  }
  if (!(await assumes(service, from))) yield `${service} may not be it`
  for (const action of role.trust.flatMap(({ actions }) => actions).filter((one) => one !== 'sts:AssumeRole'))
    yield `its trust has ${action}, and nobody needs more than sts:AssumeRole`
  for (const each of strangers.map((one) => `${one}.amazonaws.com`).filter((one) => one !== service))
    if (await assumes(each, from)) yield `${each} may be it`
  for (const each of people) if (await assumes(each, {})) yield `${each} may be it`
  for (const action of ['sts:TagSession', 'sts:SetSourceIdentity'])
    if (await assumes(service, from, action)) yield `${service} is trusted with ${action}`
  if (unbound.has(name)) return
  if (await assumes(service, tellingOf(service, abroad, arn)))
    yield `${service} may be it on behalf of another account`
  // The others' names are not known before their role is.
  if (service !== 'states.amazonaws.com' || arn === undefined) return
  if (await assumes(service, { ...from, 'aws:SourceArn': `${arn}x` }))
    yield `${service} may be it on behalf of ${arn}x`
}
