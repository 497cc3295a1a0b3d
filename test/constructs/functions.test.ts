import { beforeAll, describe, expect, test } from '@jest/globals'
import type { Template } from 'aws-cdk-lib/assertions'
import { environment, shadowFunctionVariable } from '../../lib/wiring/environment.ts'
import { machineMetadata, type StepName, stepMetadata, stepNames } from '../../lib/wiring/handler-names.ts'
import {
  defaultTemplate,
  type FunctionProperties,
  functionBehind,
  onlyOne,
  type Resource,
  resourcesOf,
  spelt,
} from './synthesized.ts'

let template: Template
let functions: [string, Resource<FunctionProperties>][]

beforeAll(() => {
  template = defaultTemplate()
  functions = resourcesOf<FunctionProperties>(template, 'AWS::Lambda::Function')
})

const steps = Object.values(stepNames).flat()
const stepOf = ({ Metadata }: Resource<FunctionProperties>) => Metadata?.[stepMetadata]

function functionOf(step: StepName): Resource<FunctionProperties> & { id: string } {
  const [found, ...more] = functions.filter(([, one]) => stepOf(one) === step)
  if (found === undefined || more.length > 0) throw new Error(`${step} has not one function`)
  return { id: found[0], ...found[1] }
}

test('every function runs Node 24 on arm64, out of a bundle', () => {
  for (const [id, { Properties }] of functions) {
    const { Runtime, Architectures, PackageType = 'Zip' } = Properties
    expect([id, Runtime, Architectures, PackageType]).toEqual([id, 'nodejs24.x', ['arm64'], 'Zip'])
  }
})

test('every function has a role of its own', () => {
  const roles = functions.map(([, { Properties }]) => Properties.Role['Fn::GetAtt'][0])
  expect(new Set(roles).size).toBe(functions.length)
  const known = resourcesOf(template, 'AWS::IAM::Role').map(([id]) => id)
  expect(known).toEqual(expect.arrayContaining(roles))
})

test('there is a function for each step, one for each way in, and no other', () => {
  const handlers = functions.map(([, { Properties }]) => Properties.Handler)
  // The router, control, shadows, upkeep, monitoring and the sweeper are each the one handler of their bundle.
  const ways = ['index.created', 'index.listed', ...Array<string>(6).fill('index.handler')]
  expect(handlers.toSorted()).toEqual([...steps.map((step) => `index.${step}`), ...ways].toSorted())
})

test.each(steps)('the step %s has one function, which says so and whose handler has its name', (step) => {
  expect(functionOf(step).Properties.Handler).toBe(`index.${step}`)
})

test('no function says that it is a step and is none', () => {
  const said = functions.map(([, one]) => stepOf(one)).filter((step) => step !== undefined)
  expect(said.toSorted()).toEqual(steps.toSorted())
})

test('every function may run for as long as its task waits for it, and as Lambda lets it', () => {
  const waits = new Map<string, number>()
  for (const [, { Properties }] of resourcesOf<{ DefinitionString: unknown }>(
    template,
    'AWS::StepFunctions::StateMachine',
  )) {
    const { States } = JSON.parse(spelt(Properties.DefinitionString)) as {
      States: Record<string, { Type: string; Resource?: string; TimeoutSeconds?: number }>
    }
    for (const { Type, Resource = '', TimeoutSeconds = Number.POSITIVE_INFINITY } of Object.values(States))
      if (Type === 'Task') waits.set(Resource, TimeoutSeconds)
  }
  expect(waits.size).toBe(steps.length)
  for (const step of steps) {
    const { id, Properties } = functionOf(step)
    expect([step, Properties.Timeout]).toEqual([step, expect.any(Number)])
    expect(Properties.Timeout).toBeGreaterThanOrEqual(waits.get(`<${id}.Arn>`) ?? Number.POSITIVE_INFINITY)
    expect(Properties.Timeout).toBeLessThanOrEqual(900)
  }
})

test('the machines name themselves, and log every event without its data', () => {
  const machines = resourcesOf<{
    StateMachineName: string
    LoggingConfiguration: { Level: string; IncludeExecutionData: boolean }
  }>(template, 'AWS::StepFunctions::StateMachine')
  expect(machines.map(([, { Metadata }]) => Metadata?.[machineMetadata]).toSorted()).toEqual(
    Object.keys(stepNames).toSorted(),
  )
  for (const [, { Metadata, Properties }] of machines) {
    expect(Properties.StateMachineName).toBe(`sluice-${Metadata?.[machineMetadata]}`)
    expect(Properties.LoggingConfiguration).toMatchObject({ Level: 'ALL', IncludeExecutionData: false })
  }
})

test('the router answers before the gateway gives up, and has every environment of the account', () => {
  const { Properties } = wayIn('Router')
  expect(Properties.Timeout).toBeLessThan(30)
  expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions')
})

test('control has environments of its own, so that no model can starve it', () => {
  const { Properties } = wayIn('Control')
  expect(Properties.ReservedConcurrentExecutions).toBeGreaterThan(0)
  expect(Properties.Timeout).toBeLessThanOrEqual(30)
})

test('shadows are asked by one environment, which adds up what it finds, and never for long', () => {
  const [id, { Properties }] = shadowFunction()
  expect(Properties.ReservedConcurrentExecutions).toBe(1)
  const asked = resourcesOf<{ FunctionName: unknown }>(template, 'AWS::Lambda::EventInvokeConfig').filter(
    ([, one]) => spelt(one.Properties.FunctionName) === `<${id}>`,
  )
  expect(asked.map(([, one]) => one.Properties)).toEqual([
    expect.objectContaining({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 }),
  ])
  // As long as one may be asked, and what was found written down.
  expect(Properties.Timeout).toBeGreaterThan(40 + 28)
})

test('nobody else reserves any: the account has 1000, and the rest is for predictions', () => {
  const reserved = functions.filter(([, { Properties }]) => 'ReservedConcurrentExecutions' in Properties)
  expect(reserved.map(([id]) => id).toSorted()).toEqual([wayIn('Control').id, shadowFunction()[0]].toSorted())
})

describe('what a function is told', () => {
  test('is the same for all, by the names that handlers read', () => {
    for (const [id, { Properties }] of functions) {
      const { NODE_OPTIONS, ...variables } = Properties.Environment.Variables
      expect([id, NODE_OPTIONS]).toEqual([
        id,
        expect.stringMatching(/^--enable-source-maps( --max-semi-space-size=1)?$/),
      ])
      const { [shadowFunctionVariable]: shadow, ...same } = variables
      expect([id, Object.keys(same).toSorted()]).toEqual([id, Object.values(environment).toSorted()])
      // Those that hand calls over, and that ask what was found.
      const asks = [wayIn('Router').id, wayIn('Control').id].includes(id)
      expect([id, shadow]).toEqual([id, asks ? { Ref: shadowFunction()[0] } : undefined])
    }
  })

  test('names what is there', () => {
    const { Variables } = wayIn('Control').Properties.Environment
    const told = Object.fromEntries(Object.entries(Variables).map(([name, value]) => [name, spelt(value)]))
    const id = (type: string) => onlyOne(template, type).id
    const projects = resourcesOf(template, 'AWS::CodeBuild::Project').map(([one]) => `<${one}>`)
    const [serving] = resourcesOf<{ Description?: string }>(template, 'AWS::IAM::Role').find(
      ([, { Properties }]) => Properties.Description?.startsWith('Model functions'),
    ) ?? ['']
    expect(told).toMatchObject({
      [environment.platform]: 'sluice',
      [environment.table]: `<${id('AWS::DynamoDB::GlobalTable')}>`,
      [environment.bucket]: `<${id('AWS::S3::Bucket')}>`,
      [environment.eventBus]: 'default',
      [environment.servingRole]: `<${serving}.Arn>`,
    })
    expect([told[environment.imageProject], told[environment.dockerfileProject]].toSorted()).toEqual(
      projects.toSorted(),
    )
    const repositories = resourcesOf<{ RepositoryName: string }>(template, 'AWS::ECR::Repository')
    expect(repositories.map(([, { Properties }]) => Properties.RepositoryName)).toContain(
      `${told[environment.repositoryPrefix]}onnx`,
    )
    for (const [, { Properties }] of resourcesOf<{ StateMachineName: string }>(
      template,
      'AWS::StepFunctions::StateMachine',
    )) {
      const arn = `arn:aws:states:eu-central-1:111122223333:stateMachine:${Properties.StateMachineName}`
      expect(arn.startsWith(told[environment.machineArnPrefix] ?? '?')).toBe(true)
    }
  })
})

test('every function logs as JSON to the one shared group', () => {
  const groups = resourcesOf(template, 'AWS::Logs::LogGroup').map(([id]) => `<${id}>`)
  const used = new Set(functions.map(([, { Properties }]) => spelt(Properties.LoggingConfig?.LogGroup)))
  expect(used.size).toBe(1)
  expect(groups).toEqual(expect.arrayContaining([...used]))
  for (const [id, { Properties }] of functions)
    expect([id, Properties.LoggingConfig?.LogFormat]).toEqual([id, 'JSON'])
})

function shadowFunction(): [string, Resource<FunctionProperties>] {
  const found = functions.find(([id]) => /Shadow/.test(id))
  if (found === undefined) throw new Error('nobody asks shadows')
  return found
}

function wayIn(name: 'Router' | 'Control'): Resource<FunctionProperties> & { id: string } {
  const id = functionBehind(
    template,
    name === 'Router' ? 'POST /models/{model}/invocations' : 'ANY /{proxy+}',
  )
  const found = functions.find(([one]) => one === id)
  if (found === undefined) throw new Error(`${name} is no function`)
  return { id, ...found[1] }
}
