import type { ServerProcess } from './processes.ts'

/** One way to serve the model that is measured beside the others. */
export interface Stack {
  readonly name: string
  /** Why it cannot be measured on this machine, in one sentence. */
  readonly missing?: string
  /** @default instances: what all but one of them speak */
  readonly protocol?: Protocol
  /** A fresh process of it. */
  start(): Promise<StackProcess>
}

/** How a stack is asked about one row, and where in its answer the probabilities are. */
export interface Protocol {
  readonly bodyOf: (row: readonly number[]) => string
  /** @throws Error where there are none */
  readonly probabilitiesIn: (text: string) => readonly number[]
}

export interface StackProcess extends ServerProcess {
  /** Where a request is posted. */
  readonly path: string
  /** Why what was measured does not count, where the stack is not what it was when it was started. */
  fault(): Promise<string | undefined>
}

/** Servers have core 0, and the load has core 1. */
export const cores = { servers: 0, load: 1 } as const

/** One thread a process: what is compared is stacks, not the cores that they find. */
export const oneThread = {
  OMP_NUM_THREADS: '1',
  OPENBLAS_NUM_THREADS: '1',
  MKL_NUM_THREADS: '1',
} as const

/** A stack that is not here, told in its place. */
export function missingStack(name: string, missing: string): Stack {
  const start = () => Promise.reject(new Error(`${name} is not served here: ${missing}`))
  return { name, missing, start }
}

/** A stack's name as it is written on a command line: `Sluice python, unbatched` is sluice-python-unbatched. */
function flagOf({ name }: Stack): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
}

/** The stacks that a flag names, separated by commas; all of them where there is none. @throws Error where one is unknown */
export function chosen(stacks: readonly Stack[], flag: string | undefined): readonly Stack[] {
  if (flag === undefined) return stacks
  const wanted = flag.split(',')
  const known = stacks.map(flagOf)
  const unknown = wanted.filter((name) => !known.includes(name))
  if (unknown.length > 0)
    throw new Error(`--stacks names ${unknown.join(', ')}; allowed are ${known.join(', ')}`)
  return stacks.filter((stack) => wanted.includes(flagOf(stack)))
}
