import { Problem, shown } from '../../lib/rules/problem.ts'

/** What a request would do, all its checks passed: nothing was written. */
export interface DryRun {
  readonly dryRun: true
  readonly model: string
  readonly version: string
  /** In a sentence, for people. */
  readonly would: string
}

/** The answer to a request that was only to be tried. */
export function dryRun(model: string, version: string, would: string): DryRun {
  return { dryRun: true, model, version, would }
}

/**
 * Whether a request is only to be tried, by its body or by `?dryRun=true`. What is misspelt must not be done in earnest.
 * @throws Problem `request-malformed`
 */
export function isDryRun(inBody: boolean | undefined, inQuery: string | undefined): boolean {
  if (inQuery !== undefined && inQuery !== 'true' && inQuery !== 'false')
    throw new Problem('request-malformed', `'dryRun' is ${shown(inQuery)}, and allowed are true and false`)
  return inBody === true || inQuery === 'true'
}
