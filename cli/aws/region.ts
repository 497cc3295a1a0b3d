import { loadConfig, NODE_REGION_CONFIG_FILE_OPTIONS, NODE_REGION_CONFIG_OPTIONS } from '@smithy/core/config'
import { Problem } from '../../lib/rules/problem.ts'

/**
 * The Region of a platform: what its gateway's name says, else what the environment or the profile says. Its store lies
 * in the same one.
 * @throws Problem `usage` where none of them says one
 */
export async function regionOf(hostname: string): Promise<string> {
  const [, named] = /\.execute-api\.([a-z]{2,}(?:-[a-z]+)+-\d)\./.exec(hostname) ?? []
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env
  const said = [named, AWS_REGION, AWS_DEFAULT_REGION].find((region) => region !== undefined && region !== '')
  if (said !== undefined) return said
  try {
    return await loadConfig(NODE_REGION_CONFIG_OPTIONS, NODE_REGION_CONFIG_FILE_OPTIONS)()
  } catch {
    throw new Problem(
      'usage',
      `the Region of ${hostname} is unknown: neither its name nor AWS_REGION nor the profile '${profileName()}' says one; ` +
        'set AWS_REGION to the Region that the platform was deployed in',
    )
  }
}

/** The profile of `~/.aws/config` that is asked. */
export function profileName(): string {
  const { AWS_PROFILE = '' } = process.env
  return AWS_PROFILE === '' ? 'default' : AWS_PROFILE
}
