import { App, CfnOutput, RemovalPolicy, Tags } from 'aws-cdk-lib'
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam'
import flags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' }
import { Callers, Gateway, PlatformStack } from '../../lib/index.ts'
import { callableModel, chosenDoors, doorsOf, doorsVariable, visitTag, visitVariable } from './doors.ts'

/** The platforms of one visit to an account: as an engineer deploys them, but that nothing of them is kept. */
const { [visitVariable]: visit = '', [doorsVariable]: chosen } = process.env
if (!/^acct[a-z0-9]{4}$/.test(visit))
  throw new Error(`${visitVariable} is '${visit}'; allowed is acct and four of a-z and 0-9`)

const app = new App({ context: flags })
for (const door of doorsOf(visit, chosenDoors(chosen))) {
  const stack = new PlatformStack(app, door.stack, {
    platformName: door.platformName,
    gateway: door.gateway === 'REST' ? Gateway.REST : Gateway.HTTP,
    callers: door.callers === 'keys' ? Callers.apiKeys() : Callers.iam(),
    removalPolicy: RemovalPolicy.DESTROY,
    terminationProtection: false,
  })
  Tags.of(stack).add(visitTag, visit)
  if (door.callers === 'keys') continue
  const caller = new Role(stack, 'Caller', {
    assumedBy: new AccountRootPrincipal(),
    description: `May ask the model ${callableModel}, and nothing else.`,
  })
  stack.platform.grantInvoke(caller, callableModel)
  new CfnOutput(stack, 'CallerRole', { value: caller.roleArn })
}
