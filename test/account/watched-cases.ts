import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation'
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { expect, test } from '@jest/globals'
import { ask, valuesOf } from './query-api.ts'
import type { Visited } from './visited.ts'

/** What watches over a platform and keeps it up. */
export function watchedCases({ findings, here }: Visited): void {
  test('alarms and the dashboard are there, and no alarm rings', async () => {
    const { place, door } = here().platform
    const stacks = new CloudFormationClient(place.client)
    const types: string[] = []
    for await (const { StackResourceSummaries = [] } of paginateListStackResources(
      { client: stacks },
      { StackName: door.stack },
    ))
      types.push(...StackResourceSummaries.map(({ ResourceType = '' }) => ResourceType))
    stacks.destroy()
    const alarms = types.filter((type) => type === 'AWS::CloudWatch::Alarm').length
    expect(alarms).toBeGreaterThan(4)
    expect(types).toContain('AWS::CloudWatch::Dashboard')
    const xml = await ask(place, 'monitoring', { Action: 'DescribeAlarms', MaxRecords: '100' })
    const names = valuesOf(xml, 'AlarmName').filter(
      (name) => name.startsWith(door.stack) || name.startsWith(door.platformName),
    )
    findings.add('alarms of the stack', alarms)
    findings.add('alarms that CloudWatch lists by our names', names.length)
    const ringing = await ask(place, 'monitoring', { Action: 'DescribeAlarms', StateValue: 'ALARM' })
    const ours = valuesOf(ringing, 'AlarmName').filter((name) => names.includes(name))
    findings.add('alarms that ring', ours)
    const dashboards = valuesOf(await ask(place, 'monitoring', { Action: 'ListDashboards' }), 'DashboardName')
    expect(dashboards.length).toBeGreaterThan(0)
  })

  test('every function of the platform is active, and what schedules start runs', async () => {
    const { place, door } = here().platform
    const lambda = new LambdaClient(place.client)
    const names = [
      ...(await here().functions(`${door.stack}-`)),
      ...(await here().functions(`${door.platformName}-`)),
    ]
    const states = await Promise.all(
      names.map(async (FunctionName) => {
        const { State } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))
        return [FunctionName, State ?? 'Active']
      }),
    )
    lambda.destroy()
    expect(names.length).toBeGreaterThan(20)
    expect(states.filter(([, state]) => state !== 'Active')).toEqual([])
    for (const part of ['ModelsUpkeepHandler', 'ModelsIntakeListed']) {
      const { FunctionError } = await here().invoke(part, {})
      expect([part, FunctionError]).toEqual([part, undefined])
    }
    findings.add('functions, all active', names.length)
  })
}
