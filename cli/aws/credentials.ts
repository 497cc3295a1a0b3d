import { defaultProvider } from '@aws-sdk/credential-provider-node'
import { Problem } from '../../lib/rules/problem.ts'
import { profileName } from './region.ts'

/**
 * The caller's credentials, found where every AWS tool looks for them, read again when they expire.
 * @returns a provider that throws Problem `access-refused` where there are none
 */
export function callerCredentials(): ReturnType<typeof defaultProvider> {
  const provide = defaultProvider()
  return async (properties) => {
    try {
      return await provide(properties)
    } catch (error) {
      const { AWS_ACCESS_KEY_ID = '', AWS_PROFILE = '' } = process.env
      const inEnvironment = AWS_ACCESS_KEY_ID === '' ? 'no AWS_ACCESS_KEY_ID' : 'an AWS_ACCESS_KEY_ID'
      const reason = Error.isError(error) ? error.message.replace(/\.$/, '') : String(error)
      throw new Problem(
        'access-refused',
        `a deployed platform wants AWS credentials, and none were found: ${inEnvironment} is set, and the profile ` +
          `'${profileName()}'${AWS_PROFILE === '' ? ' (no AWS_PROFILE is set)' : ''} gives none (${reason}); allowed are ` +
          "AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, a profile with keys, a sign-in or a role, and this machine's " +
          'role; sign in with `aws sso login`, or name a profile with AWS_PROFILE',
      )
    }
  }
}
