import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { globSync } from 'node:fs'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Machine } from '../lib/rules/operation.ts'
import { machineMetadata, type StepName, stepMetadata } from '../lib/wiring/handler-names.ts'
import { draftPrefix } from './on-disk.ts'

/** A state machine as it stands in the template, with the steps of its tasks. */
export interface ExtractedMachine {
  /** The definition, its intrinsics resolved: Amazon States Language. */
  readonly definition: StateMachineDefinition
  /** By the name of the state. */
  readonly tasks: Readonly<Record<string, ExtractedTask>>
}

export interface ExtractedTask {
  readonly step: StepName
  readonly timeoutSeconds: number
}

export type ExtractedMachines = Readonly<Record<Machine, ExtractedMachine>>

export interface StateMachineDefinition {
  readonly StartAt: string
  readonly States: Readonly<Record<string, State>>
}

interface State {
  readonly Type: string
  readonly Resource?: string
  readonly TimeoutSeconds?: number
  readonly [key: string]: unknown
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>
}

interface Resource {
  readonly Type: string
  readonly Metadata?: Readonly<Record<string, unknown>>
  readonly Properties?: { readonly DefinitionString?: unknown }
}

const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:'

/**
 * Read the state machines out of a synthesized template: there is no second, hand-copied workflow.
 * @throws Error where a definition holds a token that is unknown here, or a task has no step or no timeout
 */
export function extractMachines(template: Template): ExtractedMachines {
  const found = Object.values(template.Resources).flatMap((resource) => {
    const kind = resource.Metadata?.[machineMetadata]
    if (resource.Type !== 'AWS::StepFunctions::StateMachine' || kind === undefined) return []
    return [[String(kind), extractMachine(resource, template)] as const]
  })
  return Object.fromEntries(found) as unknown as ExtractedMachines
}

/** States that hold machines of their own; none of ours does. */
const nesting = new Set(['Map', 'Parallel'])

function extractMachine(machine: Resource, { Resources }: Template): ExtractedMachine {
  const definition = JSON.parse(resolved(machine.Properties?.DefinitionString)) as StateMachineDefinition
  const tasks = Object.entries(definition.States).flatMap(([name, state]) => {
    if (nesting.has(state.Type))
      throw new Error(`state ${name} is a ${state.Type}, whose tasks are not looked for yet`)
    if (state.Type !== 'Task') return []
    const step = Resources[state.Resource?.slice(functionArn.length) ?? '']?.Metadata?.[stepMetadata]
    const timeoutSeconds = state.TimeoutSeconds
    if (step === undefined || timeoutSeconds === undefined)
      throw new Error(`task ${name} has no step or no timeout`)
    return [[name, { step: step as StepName, timeoutSeconds }] as const]
  })
  return { definition, tasks: Object.fromEntries(tasks) }
}

/** The text of a definition: a Fn::Join of texts, ARNs of functions and the partition. */
function resolved(value: unknown): string {
  if (typeof value === 'string') return value
  const { 'Fn::Join': join, 'Fn::GetAtt': attribute, Ref } = value as Record<string, unknown>
  if (Array.isArray(join) && join[0] === '') return (join[1] as unknown[]).map(resolved).join('')
  if (Array.isArray(attribute) && attribute[1] === 'Arn') return `${functionArn}${attribute[0]}`
  if (Ref === 'AWS::Partition') return 'aws'
  throw new Error(`a state machine's definition holds ${JSON.stringify(value)}, which only AWS can resolve`)
}

const repository = join(import.meta.dirname, '..')

/** Synthesize the platform's template, in a process of its own. Takes about a second. */
export async function synthesizeTemplate(): Promise<Template> {
  const synthesis = import.meta.filename.replace('state-machines', 'synthesis')
  const { stdout } = await promisify(execFile)(process.execPath, [synthesis], { maxBuffer: 1 << 26 })
  return JSON.parse(stdout) as Template
}

/**
 * The machines of this version of `lib/`: from the cache, or synthesized and kept there. A cache that is torn or cannot
 * be written costs a second, and nothing else.
 */
export async function loadMachines(cache: string): Promise<ExtractedMachines> {
  const place = join(cache, `machines-${await hashOfLibrary()}.json`)
  try {
    return JSON.parse(await readFile(place, 'utf8'))
  } catch {
    const machines = extractMachines(await synthesizeTemplate())
    await keep(place, JSON.stringify(machines)).catch(() => {})
    return machines
  }
}

/** Write a file of the cache whole: others may read it meanwhile, and be killed or meet a full disk. */
async function keep(place: string, text: string): Promise<void> {
  const draft = join(dirname(place), `${draftPrefix}${randomUUID()}`)
  try {
    await writeFile(draft, text, { flush: true })
    await rename(draft, place)
  } finally {
    await rm(draft, { force: true })
  }
}

async function hashOfLibrary(): Promise<string> {
  const files = globSync('lib/**/*.{ts,js}', { cwd: repository }).toSorted()
  const hash = createHash('sha256')
  for (const file of files) hash.update(file).update(await readFile(join(repository, file)))
  return hash.digest('hex').slice(0, 16)
}
