import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { cdk, deployAll, type Outputs } from '../harness/deployed/cdk.ts'
import { DeployedPlatform } from '../harness/deployed/deployed-platform.ts'
import { doorJourney } from '../harness/deployed/door-journey.ts'
import { Travels } from '../harness/deployed/travels.ts'
import { uploadJourney } from '../harness/deployed/upload-journey.ts'
import { announcement, cleaningCommand } from './announcement.ts'
import { clean, stays } from './clean.ts'
import { closedCases } from './closed-cases.ts'
import { consentTo, type Visit } from './consent.ts'
import { doorNames, doorsOf, doorsVariable, visitVariable } from './doors.ts'
import { Findings } from './findings.ts'
import { sagemakerCases } from './sagemaker-cases.ts'
import { speedCases } from './speed-cases.ts'
import type { Visited } from './visited.ts'
import { watchedCases } from './watched-cases.ts'

const say = (text: string) => process.stderr.write(`${text}\n`)

const consent = await consentTo(process.env)
const visit: Visit | undefined = 'refused' in consent ? undefined : consent
if ('refused' in consent) say(consent.refused)
else say(announcement(consent))

const { name, isEmulated, mayUseInstances } = visit ?? {
  name: 'acct0000',
  isEmulated: false,
  mayUseInstances: false,
}
const patienceMs = visit?.place.patienceMs ?? 0
const doors = doorsOf(name, visit?.doors ?? doorNames)
const travels = new Map<string, Travels>()
let outputs: Readonly<Record<string, Outputs>> = {}
const findings = new Findings()

const visited: Visited = {
  visit: { name, isEmulated, mayUseInstances, patienceMs },
  findings,
  here: (stack = doors[0]?.stack ?? '') => {
    const found = travels.get(stack)
    if (found === undefined) throw new Error(`${stack} was not deployed`)
    return found
  },
  outputsOf: (stack) => outputs[stack] ?? {},
}
const describeVisit = visit === undefined ? describe.skip : describe

describeVisit(`on the account ${visit?.account ?? 'that nobody named'}`, () => {
  beforeAll(async () => {
    if (visit === undefined) return
    await bootstrapped(visit)
    const environment = {
      ...visit.place.environment,
      [visitVariable]: name,
      [doorsVariable]: visit.doors.join(','),
    }
    const since = performance.now()
    outputs = await deployAll(environment, 'test/account/app.ts')
    findings.add(
      `cdk deploy of ${doors.length} platforms`,
      `${Math.round((performance.now() - since) / 1000)} s`,
    )
    for (const door of doors)
      travels.set(
        door.stack,
        new Travels(await DeployedPlatform.open(visit.place, door, outputs[door.stack] ?? {})),
      )
  }, 3_600_000)

  afterAll(async () => {
    if (visit === undefined) return
    for (const one of travels.values()) one.close()
    const left = await clean(visit.place, name).catch((error: unknown) => [String(error)])
    say(`\nMeasured in ${visit.place.name}, visit ${name}:\n${findings}\n`)
    say(left.length === 0 ? `Nothing of ${name} is left.` : `LEFT of ${name}:\n  ${left.join('\n  ')}`)
    if (left.length > 0) say(`Once more: ${cleaningCommand(name, visit.account)}`)
    say(`Stays, and is nobody's of this visit: ${stays.join('; ')}.`)
    expect(left.filter((line) => !line.startsWith('the index of tags still names'))).toEqual([])
  }, 3_600_000)

  describe.each(doors)('behind $gateway, to callers by $callers, the platform $platformName', (door) => {
    doorJourney(() => visited.here(door.stack), door, patienceMs)
  })
  describe('whatever the door, the platform', () => uploadJourney(visited.here, patienceMs))
  describe('how fast:', () => speedCases(visited, doors))
  describe('how closed:', () => closedCases(visited, doors))
  describe('how watched:', () => watchedCases(visited))
  describe('SageMaker:', () => sagemakerCases(visited))
  test.skip('idle functions become Inactive and are woken: nobody can wait 30 days for it here (docs/first-account.md says how to look)', () => {})
  test.skip('what an idle day costs: Cost Explorer knows a day later (docs/first-account.md says how to look)', () => {})
})

/** @throws Error where the account has no bootstrap stack, and none may be made */
async function bootstrapped({ place, account, mayBootstrap }: Visit): Promise<void> {
  const stacks = new CloudFormationClient(place.client)
  try {
    await stacks.send(new DescribeStacksCommand({ StackName: 'CDKToolkit' }))
  } catch (error) {
    if (!/does not exist/.test(String(error))) throw error
    if (!mayBootstrap)
      throw new Error(
        `${place.name} is not bootstrapped for the CDK, and nothing was made; run npx cdk bootstrap, or say SLUICE_ACCOUNT_BOOTSTRAP=yes`,
      )
    await cdk(place.environment, 'bin/app.ts', 'bootstrap', `aws://${account}/${place.client.region}`)
  } finally {
    stacks.destroy()
  }
}
