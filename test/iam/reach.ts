import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const lambdas = join(import.meta.dirname, '..', '..', 'lambdas')

/** The methods of every port, as `lambdas/ports.ts` and what it imports declare them: `store.peek`, `registry.commit`. */
export function portMethods(): string[] {
  const text = ['ports.ts', 'monitoring-ports.ts', 'comparison/shadows.ts']
    .map((name) => readFileSync(join(lambdas, name), 'utf8'))
    .join('\n')
  const bodyOf = (name: string) =>
    text.match(new RegExp(`export interface ${name} \\{\\n(.*?)\\n\\}`, 's'))?.[1] ?? ''
  const ports = [...bodyOf('Ports').matchAll(/^ {2}readonly (\w+)\??: (\w+)$/gm)].map(([, port, type]) => [
    port,
    type,
  ])
  // The keys are no port of a world: whoever takes callers by them is given them apart.
  return [...ports, ['keys', 'ApiKeys']].flatMap(([port, type = '']) =>
    [...bodyOf(type).matchAll(/^ {2}(\w+)\(/gm)].map(([, method]) => `${port}.${method}`),
  )
}

/** Where a step's code stands: `lambdas/steps.ts` says which function each step is. */
function sourceOfStep(step: string): { readonly file: string; readonly exported: string } {
  const text = readFileSync(join(lambdas, 'steps.ts'), 'utf8')
  const exported = text.match(new RegExp(`^ {4}${step}: (\\w+)\\(`, 'm'))?.[1]
  const file = text.match(new RegExp(`import \\{ ${exported} \\} from '(.+)'`))?.[1]
  if (exported === undefined || file === undefined)
    throw new Error(`lambdas/steps.ts does not say what ${step} is`)
  return { file, exported }
}

/** Files that speak to AWS themselves: behind them it is the port's method that counts. */
function adapters(): RegExp {
  const files = readdirSync(join(lambdas, 'aws')).filter((name) =>
    /from '@(?:aws-sdk|smithy)\//.test(readFileSync(join(lambdas, 'aws', name), 'utf8')),
  )
  return new RegExp(`/(?:${[...files, 'ports.ts', 'routing-ports.ts'].join('|')})$`)
}

/** A handler by the entry that it is bundled from and its name there. */
export interface Code {
  readonly entry: string
  readonly handler: string
}

/** A handler's code up to the adapters: what is left of it when all else is shaken off. */
export async function codeOf({ entry, handler }: Code): Promise<string> {
  const { file, exported } =
    entry === 'steps' ? sourceOfStep(handler) : { file: `./aws/${entry}.ts`, exported: handler }
  const apart = adapters()
  const { outputFiles } = await build({
    stdin: { contents: `export { ${exported} } from '${file}'`, resolveDir: lambdas, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    treeShaking: true,
    logLevel: 'silent',
    plugins: [
      {
        name: 'adapters',
        setup: (building) =>
          building.onResolve({ filter: apart }, ({ path, kind }) =>
            kind === 'entry-point' ? null : { path, external: true },
          ),
      },
    ],
  })
  return outputFiles[0]?.text ?? ''
}

/** The methods of ports that a handler's code can come to. More than it ever calls, perhaps; never less. */
export function methodsIn(code: string, methods: readonly string[]): string[] {
  const ports = [...new Set(methods.map((method) => method.split('.')[0]))].join('|')
  const called = [...code.matchAll(new RegExp(`\\b(${ports})\\d*\\??\\.(\\w+)\\b`, 'g'))].map(
    ([, port, method]) => `${port}.${method}`,
  )
  return methods.filter((method) => called.includes(method))
}

/** Every command that is made anywhere in `lambdas/aws`, by the SDK's name for it. */
export function commandsInCode(): string[] {
  const text = readdirSync(join(lambdas, 'aws'))
    .map((name) => readFileSync(join(lambdas, 'aws', name), 'utf8'))
    .join('\n')
  const made = [...text.matchAll(/new (\w+Command)\(/g)].map(([, name]) => name ?? '')
  const paged = [...text.matchAll(/\bpaginate(\w+)\(/g)].map(([, name]) => `${name}Command`)
  return [...new Set([...made, ...paged])].toSorted()
}
