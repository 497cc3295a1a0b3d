import { canonicalJson } from './digest.ts'
import type { Deprecation, VersionRecord } from './model-version.ts'
import { liveAlias, previousAlias } from './names.ts'
import { type CallSchemas, callSchemas, invocation } from './open-api-call.ts'
import { gatewayErrorSchema, problemResponses, problemSchema } from './open-api-problems.ts'
import { Problem } from './problem.ts'
import type { ModelRecord } from './routing.ts'
import type { Signature } from './signature.ts'
import type { CallExample } from './signature-example.ts'
import { newestFirst, resolveRange } from './version-range.ts'

/** How a platform is called. */
export interface CalledPlatform {
  /** Its URL. */
  readonly url: string
  /** Who may call: IAM, our keys, tokens of an issuer; undefined where nobody is asked, as on a laptop. */
  readonly callers?: 'iam' | 'keys' | 'jwt'
  /** Whether the gateway of AWS stands before it. */
  readonly deployed: boolean
}

/** What is described of a version. */
export type CalledVersion = Pick<VersionRecord, 'model' | 'version' | 'signature' | 'deprecation'> & {
  /** A call that it has answered. */
  readonly sample?: CallExample
}

/** A path of a model, and the version that answers there. */
interface CalledPath {
  readonly target: string
  readonly operationId: string
  readonly summary: string
  readonly answers: CalledVersion
  readonly note?: string
}

/** OpenAPI 3.1 for one version: the schema that it publishes is the one that requests are held to. */
export function versionDocument(version: CalledVersion, platform: CalledPlatform) {
  const { model } = version
  const path = {
    target: `versions/${version.version}/`,
    operationId: 'predict',
    summary: `Predictions by ${model} ${version.version}`,
    answers: version,
  }
  return document({ title: model, version: version.version }, [path], platform)
}

/**
 * OpenAPI 3.1 for a model: what `live` answers, its other aliases, every version that is ready, and the ranges that
 * resolve; each with the contract of the version that answers there.
 * @param versions those that are READY @throws Problem `version-not-ready` where there is none
 */
export function modelDocument(
  record: ModelRecord,
  versions: readonly CalledVersion[],
  platform: CalledPlatform,
) {
  const { model } = record
  const sorted = versions.toSorted((a, b) => newestFirst(a.version, b.version))
  const [newest] = sorted
  if (newest === undefined)
    throw new Problem(
      'version-not-ready',
      `no version of ${model} is READY, so that nothing of it can be called`,
    )
  const live = record.aliases[liveAlias]?.stable ?? newest.version
  const paths = [...aliasPaths(record, sorted), ...versionPaths(sorted), ...rangePaths(record, sorted)]
  return document({ title: model, version: live }, paths, platform)
}

function aliasPaths(record: ModelRecord, versions: readonly CalledVersion[]): CalledPath[] {
  const { model, aliases } = record
  const previous = aliases[liveAlias]?.previous
  const served = [
    ...Object.entries(aliases).map(([alias, { stable, canary }]) => ({ alias, stable, canary })),
    ...(previous === undefined ? [] : [{ alias: previousAlias, stable: previous, canary: undefined }]),
  ]
  return served.flatMap(({ alias, stable, canary }) => {
    const answers = versions.find(({ version }) => version === stable)
    if (answers === undefined) return []
    const note = `Answered by ${stable} at present${
      canary === undefined ? '' : `, and ${canary.weightPercent} % of the calls by ${canary.version}`
    }; \`Model-Version\` says which it was.`
    const named = {
      target: `aliases/${alias}/`,
      operationId: `predictAlias${worded(alias)}`,
      summary: `Predictions of ${model} by its alias ${alias}`,
      answers,
      note,
    }
    return alias === liveAlias
      ? [{ ...named, target: '', operationId: 'predict', summary: `Predictions of ${model}` }, named]
      : [named]
  })
}

function versionPaths(versions: readonly CalledVersion[]): CalledPath[] {
  return versions.map((answers) => ({
    target: `versions/${answers.version}/`,
    operationId: `predictVersion${worded(answers.version)}`,
    summary: `Predictions by ${answers.model} ${answers.version}`,
    answers,
  }))
}

/** The plain ranges that resolve, major and minor lines: the others (1.x, ^1.2, ~1.2.3) are ways to write like ones. */
function rangePaths({ model, accepted }: ModelRecord, versions: readonly CalledVersion[]): CalledPath[] {
  const lines = accepted.flatMap((version) => {
    const [major = '', minor = ''] = version.split('.')
    return [major, `${major}.${minor}`]
  })
  return [...new Set(lines)].toSorted().flatMap((range) => {
    const resolved = resolveRange(range, accepted)
    const answers = versions.find(({ version }) => version === resolved)
    if (answers === undefined) return []
    return {
      target: `versions/${range}/`,
      operationId: `predictRange${worded(range)}`,
      summary: `Predictions by the newest accepted ${range} of ${model}`,
      answers,
      note: `Answered by ${answers.version} at present. \`${range}.x\`, \`^\` and \`~\` are understood, too.`,
    }
  })
}

/** `1.4.0-rc.1` as a part of a name in any language, another one for every text. */
function worded(text: string): string {
  const capital = `${text.charAt(0).toUpperCase()}${text.slice(1)}`
  return capital.replaceAll('.', 'Dot').replaceAll('-', 'Dash')
}

function document(
  info: { readonly title: string; readonly version: string },
  paths: readonly CalledPath[],
  platform: CalledPlatform,
) {
  const contracts = contractsOf(paths.map(({ answers }) => answers))
  const described = paths.map((path) => {
    const { answers, target, operationId, summary, note } = path
    const call = contracts.get(contractKey(answers.signature)) as CallSchemas
    const { deprecation } = answers
    const description = [note, deprecation && deprecationNote(answers, deprecation)].filter(
      (one) => one !== undefined,
    )
    const head = {
      operationId,
      summary,
      ...(description.length > 0 && { description: description.join('\n\n') }),
      ...(deprecation !== undefined && { deprecated: true }),
    }
    return [
      `/models/${answers.model}/${target}invocations`,
      { post: { ...head, ...invocation(call, answers) } },
    ]
  })
  return {
    openapi: '3.1.0',
    info,
    servers: [{ url: platform.url }],
    security: securityOf(platform),
    paths: Object.fromEntries(described) as Record<string, { post: object }>,
    components: {
      schemas: {
        ...Object.assign({}, ...[...contracts.values()].map(({ schemas }) => schemas)),
        Problem: problemSchema,
        ...(platform.deployed && { GatewayError: gatewayErrorSchema }),
      } as Record<string, object>,
      headers: answerHeaders,
      parameters,
      responses: problemResponses(platform.deployed),
      ...(platform.callers !== undefined && { securitySchemes: securitySchemes[platform.callers] }),
    },
  }
}

/** The different signatures of versions: the first is plainly named, others by the first version that has them. */
function contractsOf(versions: readonly CalledVersion[]): ReadonlyMap<string, CallSchemas> {
  const contracts = new Map<string, CallSchemas>()
  for (const { version, signature } of versions) {
    const key = contractKey(signature)
    if (!contracts.has(key))
      contracts.set(key, callSchemas(signature, contracts.size === 0 ? '' : worded(version)))
  }
  return contracts
}

function contractKey(signature: Signature | undefined): string {
  return signature === undefined ? '' : canonicalJson(signature)
}

function deprecationNote({ version }: CalledVersion, { sunset, successor, reason }: Deprecation): string {
  const until = sunset === undefined ? '' : `, and answers until ${sunset}`
  return `${version} is deprecated${until}: ${reason}${successor === undefined ? '' : `. Go to ${successor}.`}`
}

const header = (description: string, schema: object = { type: 'string' }) => ({ description, schema })

const answerHeaders = {
  'Model-Name': header('The model that answered.'),
  'Model-Version': header('The version that answered.'),
  'Model-Digest': header('The digest of its artifact.'),
  'Model-Variant': header('Whether it is the one under judgement in a rollout.', {
    type: 'string',
    enum: ['stable', 'canary'],
  }),
  'X-Request-Id': header('The id of the request: the one that was sent, else a new one.'),
  'Server-Timing': header('What the router and the model took, in milliseconds.'),
  'Retry-After': header('When it is worth trying again, in seconds.', { type: 'integer', minimum: 1 }),
  Deprecation: header('Of a deprecated version: since when, as RFC 9745 writes it.'),
  Sunset: header('Of a deprecated version: until when it answers, as RFC 8594 writes it.'),
  Link: header('Of a deprecated version: its successor, with rel="successor-version".'),
}

const parameters = {
  ModelAffinity: {
    name: 'Model-Affinity',
    in: 'header',
    description: 'A key of the caller: during a rollout, calls with one key stay with the variant they got.',
    schema: { type: 'string' },
  },
  RequestId: {
    name: 'X-Request-Id',
    in: 'header',
    description: 'An id of the caller, for logs; any other text than this is replaced.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,64}$' },
  },
}

const bearer = (description: string, bearerFormat?: string) => ({
  type: 'http',
  scheme: 'bearer',
  ...(bearerFormat !== undefined && { bearerFormat }),
  description,
})

const securitySchemes = {
  iam: {
    sigv4: {
      type: 'apiKey',
      name: 'Authorization',
      in: 'header',
      'x-amazon-apigateway-authtype': 'awsSigv4',
      description: 'AWS Signature Version 4 of a principal that may call `execute-api:Invoke`.',
    },
  },
  keys: {
    bearer: bearer('A key of this platform, as `sluice keys create` shows it once.'),
    apiKey: { type: 'apiKey', name: 'X-Api-Key', in: 'header', description: 'The same key.' },
  },
  jwt: { bearer: bearer('A token of the issuer that this platform was made with.', 'JWT') },
} as const

/** Each of the schemes is enough. */
function securityOf({ callers }: CalledPlatform): Record<string, never[]>[] {
  return callers === undefined ? [] : Object.keys(securitySchemes[callers]).map((name) => ({ [name]: [] }))
}
