import { randomInt } from 'node:crypto'
import { regionOf } from '../../cli/aws/region.ts'
import type { Place } from '../harness/deployed/place.ts'
import { chosenDoors, type DoorName, doorsVariable } from './doors.ts'
import { placeOf } from './place-of.ts'
import { ask, valuesOf } from './query-api.ts'

/** What the owner of an account agreed to. */
export interface Visit {
  /** Begins the name of everything that is made: `acct` and four more. */
  readonly name: string
  readonly account: string
  readonly place: Place
  readonly doors: readonly DoorName[]
  readonly isEmulated: boolean
  /** Whether the CDK may be bootstrapped, which stays in the account. */
  readonly mayBootstrap: boolean
  /** Whether instances of SageMaker may be started: they cost by the hour. */
  readonly mayUseInstances: boolean
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Who did not name an account gets nothing made, and a reason.
 * @throws Error where an account is named, and it is not the one that the credentials are of
 */
export async function consentTo(env: Environment): Promise<Visit | { readonly refused: string }> {
  const { SLUICE_ACCOUNT: account } = env
  if (account === undefined || account === '')
    return {
      refused:
        'SLUICE_ACCOUNT is not set: nothing was made; docs/first-account.md says what this does, and what it costs',
    }
  if (!/^\d{12}$/.test(account))
    throw new Error(`SLUICE_ACCOUNT is '${account}'; allowed are the 12 digits of the account`)
  const region = await regionOf('the first account')
  const endpoint = emulatorIn(env)
  const place = placeOf(region, endpoint)
  const [found = 'of nobody'] = valuesOf(await ask(place, 'sts', { Action: 'GetCallerIdentity' }), 'Account')
  if (found !== account)
    throw new Error(`SLUICE_ACCOUNT names ${account}, and the credentials are of ${found}: nothing was made`)
  return {
    name: visitName(),
    account,
    place,
    doors: chosenDoors(env[doorsVariable]),
    isEmulated: endpoint !== undefined,
    mayBootstrap: env['SLUICE_ACCOUNT_BOOTSTRAP'] === 'yes',
    mayUseInstances: env['SLUICE_ACCOUNT_SAGEMAKER'] === 'yes',
  }
}

/** @throws Error for an endpoint on another machine: what stands in for AWS stands on this one */
function emulatorIn({ AWS_ENDPOINT_URL: endpoint }: Environment): string | undefined {
  if (endpoint === undefined || endpoint === '') return undefined
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(new URL(endpoint).hostname))
    throw new Error(`AWS_ENDPOINT_URL is ${endpoint}; allowed is an emulator on this machine, or none`)
  return endpoint
}

function visitName(): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'
  return `acct${Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join('')}`
}
