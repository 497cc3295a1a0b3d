import { execFile } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { machineMetadata, stepMetadata } from '../../lib/wiring/handler-names.ts'
import { extractMachines, loadMachines, type Template } from '../../local/state-machines.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-machines-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('reading machines out of a template', () => {
  const arn = { 'Fn::GetAtt': ['Step', 'Arn'] }

  /** A template of one machine and one step, with the pieces of its definition as CDK writes them. */
  function templateOf(state: (resource: string) => object, ...tokens: unknown[]): Template {
    const mark = '<here>'
    const text = JSON.stringify({
      StartAt: 'Work',
      States: { Work: state(mark) },
    })
    const pieces = text.split(mark).flatMap((piece, i) => (i === 0 ? [piece] : [...tokens, piece]))
    return {
      Resources: {
        Step: { Type: 'AWS::Lambda::Function', Metadata: { [stepMetadata]: 'probeTarget' } },
        Stranger: { Type: 'AWS::Lambda::Function' },
        Machine: {
          Type: 'AWS::StepFunctions::StateMachine',
          Metadata: { [machineMetadata]: 'rollback' },
          Properties: { DefinitionString: { 'Fn::Join': ['', pieces] } },
        },
        Other: { Type: 'AWS::StepFunctions::StateMachine', Properties: { DefinitionString: '{}' } },
      },
    }
  }

  const task = (resource: string) => ({ Type: 'Task', Resource: resource, TimeoutSeconds: 7, End: true })

  test('finds each machine by its metadata, and the step of each task by the function it calls', () => {
    const resource = 'arn:aws:lambda:us-east-1:000000000000:function:Step'
    expect(extractMachines(templateOf(task, arn))).toEqual({
      rollback: {
        definition: { StartAt: 'Work', States: { Work: task(resource) } },
        tasks: { Work: { step: 'probeTarget', timeoutSeconds: 7 } },
      },
    })
  })

  test('resolves the partition and nested joins', () => {
    const nested = { 'Fn::Join': ['', ['in ', { Ref: 'AWS::Partition' }, '-land']] }
    const template = templateOf((resource) => ({ Type: 'Fail', Cause: resource }), nested)
    expect(extractMachines(template).rollback.definition.States).toEqual({
      Work: { Type: 'Fail', Cause: 'in aws-land' },
    })
  })

  test.each<[string, unknown]>([
    ['a parameter', { Ref: 'AWS::Region' }],
    ['the account', { Ref: 'AWS::AccountId' }],
    ['a resource by its name', { Ref: 'Step' }],
    ['another attribute', { 'Fn::GetAtt': ['Step', 'Version'] }],
    ['an import', { 'Fn::ImportValue': 'other:Arn' }],
    ['a substitution', { 'Fn::Sub': '$' + '{AWS::Region}' }],
    ['a join by something', { 'Fn::Join': [':', ['arn', 'aws']] }],
    ['a number', 7],
  ])('names and refuses %s, which only AWS can resolve', (_, token) => {
    expect(() => extractMachines(templateOf(task, token))).toThrow(`holds ${JSON.stringify(token)}`)
  })

  test('refuses a task that calls no step', () => {
    const stranger = { 'Fn::GetAtt': ['Stranger', 'Arn'] }
    expect(() => extractMachines(templateOf(task, stranger))).toThrow('task Work has no step')
    const integration = {
      Type: 'Task',
      Resource: 'arn:aws:states:::dynamodb:putItem',
      TimeoutSeconds: 7,
      End: true,
    }
    expect(() => extractMachines(templateOf(() => integration))).toThrow('task Work has no step')
  })

  test('refuses a task that may last for ever', () => {
    const { TimeoutSeconds: _, ...endless } = task('<here>')
    expect(() => extractMachines(templateOf(() => endless, arn))).toThrow('no timeout')
  })

  // The interpreter calls AWS for a task without a handler: it must be found here, or refused.
  test.each<[string, (inner: object) => object]>([
    ['a Map', (ItemProcessor) => ({ Type: 'Map', ItemProcessor, End: true })],
    ['a Parallel', (branch) => ({ Type: 'Parallel', Branches: [branch], End: true })],
  ])('finds or refuses a task inside %s', (_, wrap) => {
    const template = templateOf(
      (resource) => wrap({ StartAt: 'Inner', States: { Inner: task(resource) } }),
      arn,
    )
    let tasks: object = {}
    try {
      tasks = extractMachines(template).rollback.tasks
    } catch {
      return
    }
    expect(tasks).toMatchObject({ Inner: { step: 'probeTarget', timeoutSeconds: 7 } })
  })
})

describe('loading the machines', () => {
  test('synthesizes them once: what is in the cache is taken as it stands', async () => {
    const synthesized = await loadMachines(folder)
    expect(Object.keys(synthesized).toSorted()).toEqual(['promotion', 'release', 'retirement', 'rollback'])
    const [kept, ...more] = readdirSync(folder)
    expect(more).toEqual([])
    const place = join(folder, kept ?? '')
    expect(JSON.parse(readFileSync(place, 'utf8'))).toEqual(synthesized)

    const poisoned = { ...synthesized, release: synthesized.rollback }
    writeFileSync(place, JSON.stringify(poisoned))
    expect(await loadMachines(folder)).toEqual(poisoned)
  })

  test('synthesizes them anew where the cache is torn, and mends it', async () => {
    const cache = mkdtempSync(join(folder, 'torn-'))
    const machines = await loadMachines(cache)
    const [kept = ''] = readdirSync(cache)
    const whole = readFileSync(join(cache, kept), 'utf8')
    writeFileSync(join(cache, kept), whole.slice(0, 1000))
    expect(await loadMachines(cache)).toEqual(machines)
    expect(readFileSync(join(cache, kept), 'utf8')).toBe(whole)
    expect(readdirSync(cache)).toEqual([kept])
  }, 30_000)

  test('needs no cache that can be written', async () => {
    const { release } = await loadMachines(join(folder, 'absent'))
    expect(release.definition.StartAt).toMatch(/./)
  }, 30_000)

  test('synthesizes them anew for another version of lib/, whatever the cache holds', async () => {
    const repository = join(import.meta.dirname, '..', '..')
    const copy = join(folder, 'copy')
    for (const path of ['lib', 'lambdas', 'local', 'model-templates', 'package.json'])
      cpSync(join(repository, path), join(copy, path), { recursive: true })
    symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'))
    appendFileSync(join(copy, 'lib', 'rules', 'names.ts'), '\n// Another version.\n')

    // The cache of this version, which says something else.
    const cache = mkdtempSync(join(folder, 'cache-'))
    const machines = await loadMachines(cache)
    const [kept = ''] = readdirSync(cache)
    writeFileSync(join(cache, kept), JSON.stringify({ ...machines, release: machines.rollback }))

    const module = pathToFileURL(join(copy, 'local', 'state-machines.ts')).href
    const source = `
      import { loadMachines } from ${JSON.stringify(module)}
      process.stdout.write(JSON.stringify(await loadMachines(process.argv[1])))`
    const args = ['--input-type=module-typescript', '--eval', source, cache]
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 24 })
    expect(JSON.parse(stdout)).toEqual(machines)
    expect(readdirSync(cache)).toHaveLength(2)
  }, 60_000)
})
