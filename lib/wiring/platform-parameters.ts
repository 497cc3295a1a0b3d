/** What a platform tells the stacks beside it, each under a parameter of Systems Manager. */
export type PlatformParameter = 'api-url' | 'api-arn' | 'store-bucket' | 'encryption-key'

/** Names that another stack can derive from the platform's name alone. */
export function parameterName(platformName: string, parameter: PlatformParameter): string {
  return `/sluice/${platformName}/${parameter}`
}
