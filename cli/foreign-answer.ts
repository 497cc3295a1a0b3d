import { Problem, type ProblemCode, type ProblemFacts } from '../lib/rules/problem.ts'
import type { SentAs, SignedAs } from './signed-request.ts'

/**
 * The problem document that an answer is. @returns undefined for what others than Sluice write: also for what a REST API
 * refuses by itself, which has our shape and its own `message`
 */
export function problemOf(body: string): Problem | undefined {
  try {
    const facts = JSON.parse(body) as (ProblemFacts & { readonly message?: string }) | null
    return facts?.code === undefined || facts.message !== undefined
      ? undefined
      : Problem.of({ ...facts, errors: facts.errors ?? [] })
  } catch {
    return undefined
  }
}

/**
 * An answer that no Sluice platform gave. In front of a deployed one stands API Gateway, which refuses by itself, with
 * `{"message": …}` and no more.
 * @param url where the platform is said to be @param sentAs undefined on the laptop
 */
export function foreignAnswer(
  url: string,
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  body: string,
  sentAs: SentAs | undefined,
): Problem {
  const told = sentAs && gatewayRefusals[status]?.(sentAs, skewOf(headers))
  if (told === undefined)
    return new Problem('platform-fault', `${url} answered ${status}, and not as a Sluice platform does`)
  const [code, meaning] = told
  return new Problem(code, `the gateway of ${url} answered ${status} (${messageOf(body)}): ${meaning}`)
}

type Refusal = (sentAs: SentAs, skew: string) => readonly [ProblemCode, string]

const noAccess: Refusal = (sentAs, skew) => (sentAs === 'key' ? keyRefused : iamRefused(sentAs, skew))

const keyRefused = [
  'access-refused',
  'the key is unknown to it, has expired or was revoked, or has no scope for this; or it does not take keys at all: ' +
    'who runs the platform sees with `sluice keys list` which keys there are',
] as const

const iamRefused = ({ accessKeyId, region }: SignedAs, skew: string): ReturnType<Refusal> => [
  'access-refused',
  `access key ${accessKeyId}, signing for ${region}, is unknown to IAM, has another secret or a session that is over, ` +
    `or has no right to execute-api:Invoke here${skew}; ` +
    'see who you are with `aws sts get-caller-identity`',
]
const busy: Refusal = () => ['platform-unreachable', 'too many requests at once; try again in some seconds']
const silent: Refusal = () => [
  'platform-unreachable',
  'the function behind it gave no answer within its time, or had no room; try again in some seconds',
]

/** What the gateway answers by itself, by status. */
const gatewayRefusals: Readonly<Record<number, Refusal>> = {
  401: noAccess,
  403: noAccess,
  404: () => ['usage', 'it has no such path; name the URL that the stack of a Sluice platform puts out'],
  413: () => ['body-too-large', 'it takes no more than 10 MB a request; send fewer records'],
  429: busy,
  502: silent,
  503: silent,
  504: silent,
}

/** The first sentence of what the gateway says: a REST API goes on with all that was signed. */
function messageOf(body: string): string {
  const [, message = 'no message'] = /"[Mm]essage"\s*:\s*"([^"\\]+)/.exec(body) ?? []
  return (message.split('. ')[0] ?? '').slice(0, 120)
}

/** A signature is good for five minutes: a clock that is wrong by more refuses everything. */
function skewOf(headers: Headers): string {
  const theirs = Date.parse(headers.get('date') ?? '')
  const minutes = Math.round((Date.now() - theirs) / 60_000)
  if (Number.isNaN(minutes) || Math.abs(minutes) < 5) return ''
  return `; this machine's clock is ${Math.abs(minutes)} minutes ${minutes > 0 ? 'ahead' : 'behind'}, mend it first`
}
