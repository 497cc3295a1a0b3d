import type { Manifest, Runtime } from './manifest.ts'
import { Problem } from './problem.ts'
import { defaultServerlessCalls } from './sagemaker-limits.ts'

/** Lambda keeps so many environments for functions that reserve none, and refuses to reserve them. */
export const keptUnreserved = 100

/** What a version takes of something that an account has only so much of. */
export type QuotaClaim =
  | { readonly of: 'images'; readonly runtime: Runtime; readonly asks: number }
  | { readonly of: 'function-concurrency'; readonly asks: number }
  | { readonly of: 'serverless-concurrency'; readonly asks: number }
  | { readonly of: 'instances'; readonly instanceType: string; readonly asks: number }

/** How much there is, and how much of it is taken by others; undefined where that could not be read. */
export interface QuotaStanding {
  readonly allowed: number | undefined
  readonly used: number | undefined
}

/** What a version's image takes. */
export function imageClaims({ runtime }: Pick<Manifest, 'runtime'>): QuotaClaim[] {
  return [{ of: 'images', runtime, asks: 1 }]
}

/** What a version's endpoint takes. */
export function endpointClaims({ host }: Pick<Manifest, 'host'>): QuotaClaim[] {
  const { kind, maxConcurrency, provisionedConcurrency, instanceType } = host
  if (kind === 'sagemaker-serverless')
    return [{ of: 'serverless-concurrency', asks: maxConcurrency ?? defaultServerlessCalls }]
  if (kind === 'sagemaker') {
    const asks = host.scaling?.minInstances ?? host.instanceCount ?? 1
    return instanceType === undefined ? [] : [{ of: 'instances', instanceType, asks }]
  }
  const asks = Math.max(maxConcurrency ?? 0, provisionedConcurrency ?? 0)
  return asks === 0 ? [] : [{ of: 'function-concurrency', asks }]
}

/**
 * Compare what is asked for with what is left. @returns a note for people where that is not known: it blocks nobody,
 * since AWS itself refuses what is too much
 * @throws Problem `quota-reached`
 */
export function checkQuota(claim: QuotaClaim, { allowed, used }: QuotaStanding): string | undefined {
  const { what, mend } = wordsFor(claim)
  if (allowed === undefined || used === undefined)
    return `how many ${what} the account has left could not be read; going on`
  if (used + claim.asks <= allowed) return undefined
  throw new Problem(
    'quota-reached',
    `the version asks for ${claim.asks} of the account's ${what}: ${allowed} are allowed and ${used} taken; ${mend}`,
  )
}

function wordsFor(claim: QuotaClaim): { readonly what: string; readonly mend: string } {
  switch (claim.of) {
    case 'images':
      return {
        what: `images in the repository of the runtime ${claim.runtime}`,
        mend: "retire versions, or have the quota 'Images per repository' of Amazon ECR raised",
      }
    case 'function-concurrency':
      return {
        what: `reserved Lambda environments (the account's concurrency, less the ${keptUnreserved} that nobody may reserve)`,
        mend: "write a smaller host.maxConcurrency or none, or have the quota 'Concurrent executions' of AWS Lambda raised",
      }
    case 'serverless-concurrency':
      return {
        what: 'calls at once on serverless endpoints',
        mend: `write a smaller host.maxConcurrency, use host lambda, or have the quota '${quotaNames.serverless}' of Amazon SageMaker raised`,
      }
    case 'instances':
      return {
        what: `instances ${claim.instanceType} for endpoints`,
        mend: `take another host.instanceType or fewer, or have the quota '${quotaNames.instances(claim.instanceType)}' of Amazon SageMaker raised`,
      }
  }
}

/** What AWS calls these quotas. */
export const quotaNames = {
  images: 'Images per repository',
  serverless: 'Maximum total concurrency that can be allocated across all serverless endpoints',
  instances: (type: string) => `${type} for endpoint usage`,
} as const
