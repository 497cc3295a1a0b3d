import { isModelName, isMovableAlias } from './names.ts'
import { type RolloutControl, rolloutControls } from './rollout-control.ts'

/** What a caller may be allowed. `admin` is all of them. */
export const scopes = ['invoke', 'publish', 'promote', 'admin'] as const
export type Scope = (typeof scopes)[number]

/** Every model, also those to come. */
export const everyModel = '*'

/** One thing that a caller may do, to one model or to every one. */
export interface Grant {
  readonly scope: Scope
  /** A model's name, or `*`. */
  readonly model: string
  /** Of `promote`: only this alias may be moved; absent where each may, and versions may be retired. */
  readonly alias?: string
}

/** A caller who is known, and what it may do. */
export interface Access {
  /** Who it is, as the history names it. */
  readonly actor: string
  readonly grants: readonly Grant[]
}

/** What a request needs: one of these scopes. */
export interface Requirement {
  readonly scopes: readonly Scope[]
  /**
   * Of which model: a name as it was written in the path; `any` where one scope of any model is enough, since the
   * answer is cut down to what the caller may see; `platform` where it must be for every model.
   */
  readonly of: { readonly model: string } | 'any' | 'platform'
}

/** Whether something is allowed, and if not, what is missing. */
export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly missing: string }

type RouteNeed = readonly [method: string, path: string, needed: readonly Scope[], what: string]

const asking: readonly Scope[] = ['invoke', 'admin']
const moving: readonly Scope[] = ['promote', 'admin']
const administering: readonly Scope[] = ['admin']
/** Of one model: `administering` is of all of them. */
const ofModel: readonly Scope[] = ['admin']
/** Whoever has to do with a model may read what it is and what became of it. */
const reading = scopes
/** What a server wrote may hold what others sent; who calls is nobody's business but the owner's. */
const owning: readonly Scope[] = ['publish', 'promote', 'admin']

const controlMeans: Readonly<Record<RolloutControl, string>> = {
  pause: 'a rollout is held at its step',
  resume: 'a paused rollout goes on',
  skip: 'a rollout goes on to its next step',
  abort: 'a promotion ends, and its traffic returns',
}

/** Every route, with the scopes of which one is needed. What stands here nowhere needs `admin` of every model. */
export const routeNeeds: readonly RouteNeed[] = [
  ['POST', '/models/{model}/invocations', asking, 'predictions of the alias `live`'],
  ['POST', '/models/{model}/aliases/{alias}/invocations', asking, 'predictions of an alias'],
  ['POST', '/models/{model}/versions/{version}/invocations', asking, 'predictions of a version or a range'],
  ['POST', '/models/{model}/feedback', asking, 'what predictions turned out to be'],
  ['GET', '/models/{model}/quality', reading, 'how good predictions were, as far as anybody has told'],
  ['GET', '/health', reading, 'that the platform answers, and where its store is'],
  ['GET', '/models', reading, 'the models that the caller has a scope of'],
  [
    'GET',
    '/traffic',
    reading,
    'what was answered in the last ten minutes, of models that the caller has a scope of',
  ],
  ['GET', '/models/{model}', reading, 'a model with its aliases, versions and operations'],
  ['GET', '/models/{model}/versions', reading, 'its versions'],
  ['GET', '/models/{model}/versions/{version}', reading, 'a version'],
  ['GET', '/models/{model}/versions/{version}/openapi.json', reading, 'how a version is called'],
  ['GET', '/models/{model}/versions/{version}/log', owning, 'what the server of a version wrote'],
  ['GET', '/models/{model}/history', reading, 'what happened to a model, by whom and why'],
  ['GET', '/models/{model}/operations', reading, 'its operations'],
  ['GET', '/models/{model}/verification', reading, 'whether its history is whole'],
  ['GET', '/models/{model}/traffic', reading, 'what was answered by its versions in the last ten minutes'],
  ['GET', '/models/{model}/rights', reading, 'what the caller may do to it'],
  ['GET', '/events', reading, 'what happens to them, as it happens'],
  ['GET', '/verification', reading, 'the models that can be verified, of those the caller has a scope of'],
  ['GET', '/operations/{id}', reading, 'an operation of a model that the caller has a scope of'],
  ['POST', '/models/{model}/promotions', moving, 'an alias moves to a version'],
  ['POST', '/models/{model}/rollbacks', moving, 'an alias returns'],
  ['POST', '/models/{model}/retirements', moving, 'a version is retired'],
  ...rolloutControls.flatMap((control): readonly RouteNeed[] => [
    ['POST', `/operations/{id}/${control}`, moving, controlMeans[control]],
    ['POST', `/models/{model}/aliases/{alias}/operations/{id}/${control}`, moving, controlMeans[control]],
  ]),
  ['POST', '/reconciliations', administering, 'what died half-way is finished or undone now'],
  [
    'GET',
    '/approvals',
    reading,
    'the promotions that wait for a person, of models that the caller has a scope of',
  ],
  ['POST', '/models/{model}/aliases/{alias}/promotions', moving, 'this alias moves to a version'],
  ['POST', '/models/{model}/aliases/{alias}/rollbacks', moving, 'this alias returns'],
  [
    'POST',
    '/models/{model}/aliases/{alias}/operations/{id}/approval',
    moving,
    'a promotion that waits begins, or ends',
  ],
  [
    'POST',
    '/models/{model}/aliases/{alias}/operations/{id}/approval/links',
    moving,
    'a link to decide by is made',
  ],
  ['POST', '/operations/{id}/approval', moving, 'the same, of a model that the caller may move'],
  ['POST', '/operations/{id}/approval/links', moving, 'the same, of a model that the caller may move'],
  ['POST', '/models/{model}/versions/{version}/deprecation', moving, 'a version is deprecated'],
  ['DELETE', '/models/{model}/versions/{version}/deprecation', moving, 'its deprecation is taken back'],
  ['GET', '/models/{model}/callers', owning, 'who calls which version of a model, and when last'],
  ['GET', '/models/{model}/versions/{version}/callers', owning, 'who calls a version, and when last'],
  ['POST', '/models/{model}/shadows', moving, 'a version answers in the shadow of an alias'],
  [
    'POST',
    '/models/{model}/aliases/{alias}/shadows',
    moving,
    'a version answers in the shadow of this alias',
  ],
  ['DELETE', '/models/{model}/shadows/{alias}', moving, 'it does so no more'],
  ['GET', '/models/{model}/shadows', owning, 'what was found of shadows'],
  ['POST', '/models/{model}/comparisons', owning, 'recorded requests are sent to two versions anew'],
  ['GET', '/models/{model}/comparisons', owning, 'the comparisons of a model that are kept'],
  ['GET', '/models/{model}/comparisons/{id}', owning, 'what was found where two versions were compared'],

  [
    'GET',
    '/models/{model}/drift',
    owning,
    'how what is recorded of a model differs from what it was trained on',
  ],
  [
    'POST',
    '/models/{model}/webhook-secret',
    ofModel,
    "what the model's webhooks are signed with is made anew, and shown once",
  ],

  ['GET', '/keys', administering, 'every key, without its secret'],
  ['POST', '/keys', administering, 'a key is made, and shown once'],
  ['DELETE', '/keys/{id}', administering, 'a key is revoked'],

  ['GET', '/models/{model}/openapi.json', reading, 'how a model is called, by every path of it'],
]

const routes = routeNeeds.map(([method, path, needed]) => ({ method, parts: path.split('/'), needed }))

/**
 * What a request needs.
 * @param path as `checkedPath` returned it: the same text that the router reads
 */
export function requiredAccess(method: string, path: string): Requirement {
  const parts = path.split('/')
  // HEAD is answered as GET is, without the body.
  const asked = method === 'HEAD' ? 'GET' : method
  const route = routes.find((one) => one.method === asked && fits(one.parts, parts))
  if (route === undefined || route.needed === administering) return { scopes: administering, of: 'platform' }
  const model = route.parts[2] === '{model}' ? parts[2] : undefined
  return { scopes: route.needed, of: model === undefined ? 'any' : { model } }
}

function fits(route: readonly string[], parts: readonly string[]): boolean {
  if (route.length !== parts.length) return false
  return route.every((part, i) => (part.startsWith('{') ? parts[i] !== '' : part === parts[i]))
}

/** Whether a caller may do what a request needs. */
export function decideAccess({ grants }: Pick<Access, 'grants'>, needed: Requirement): Decision {
  const enough = grants.some(({ scope, model }) => {
    if (!needed.scopes.includes(scope)) return false
    if (needed.of === 'any' || model === everyModel) return true
    return needed.of !== 'platform' && needed.of.model === model
  })
  return enough ? { allowed: true } : { allowed: false, missing: missingFor(needed) }
}

/**
 * Whether a caller has to do with a model at all.
 * @param grants undefined where others decided who may come in: IAM, or a laptop that is open to its own user
 */
export function maySee(grants: readonly Grant[] | undefined, model: string): boolean {
  return grants === undefined || decideAccess({ grants }, { scopes: reading, of: { model } }).allowed
}

/**
 * Whether a caller may move an alias of a model; without an alias, whether it may do what concerns each of them, such
 * as to retire a version. @param grants as of `maySee`
 */
export function mayMove(grants: readonly Grant[] | undefined, model: string, alias?: string): Decision {
  const enough =
    grants === undefined ||
    grants.some(
      (grant) =>
        moving.includes(grant.scope) &&
        (grant.model === everyModel || grant.model === model) &&
        (grant.alias === undefined || grant.alias === alias),
    )
  if (enough) return { allowed: true }
  const narrow = alias === undefined ? '' : `promote:${model}@${alias} or `
  return { allowed: false, missing: narrow + missingFor({ scopes: moving, of: { model } }) }
}

function missingFor({ scopes: needed, of }: Requirement): string {
  const model = of === 'platform' ? everyModel : of === 'any' ? 'MODEL' : of.model
  return needed.map((scope) => `${scope}:${model}`).join(' or ')
}

const grantText = /^(invoke|publish|promote|admin):([^@]+)(?:@(.+))?$/

/** Read a grant such as `invoke:churn`, `promote:*` or `promote:churn@staging`. @returns undefined for any other text */
export function parseGrant(text: string): Grant | undefined {
  const [, scope, model = '', alias] = grantText.exec(text) ?? []
  if (scope === undefined || !(model === everyModel || isModelName(model))) return undefined
  if (alias === undefined) return { scope: scope as Scope, model }
  return scope === 'promote' && isMovableAlias(alias) ? { scope, model, alias } : undefined
}

/** Grants as one text: `invoke:churn promote:churn@staging`. */
export function grantsText(grants: readonly Grant[]): string {
  return grants
    .map(({ scope, model, alias }) => `${scope}:${model}${alias === undefined ? '' : `@${alias}`}`)
    .join(' ')
}

/**
 * The grants among words that may stand for other things as well: who issues tokens has scopes of its own (`openid`).
 * What is no grant opens nothing.
 */
export function grantsIn(words: string): Grant[] {
  return words
    .split(' ')
    .map(parseGrant)
    .filter((grant) => grant !== undefined)
}
