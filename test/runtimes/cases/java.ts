import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findJdk, javacOf, javaOf } from '../../../local/environments/java/jdk.ts'
import { type Made, type RuntimeCase, Unavailable } from '../runtime-case.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..', '..', '..')
const api = join(root, 'model-templates', 'java', 'src')
const irises = join(import.meta.dirname, 'irises')
const csv = join(root, 'examples', 'java', 'iris.csv')
const inputs = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width']
const species = ['setosa', 'versicolor', 'virginica']

async function jdkHere() {
  return findJdk(process.env).catch(({ message }) => {
    throw new Unavailable(message)
  })
}

/** A release of irises, beside what its own code says of each of them without any server. */
async function irisesMade(path: string, framework: string, probabilities: string): Promise<Made> {
  const manifest = join(path, 'model.yaml')
  // What it is called is said by whoever pushes it.
  const nameless = (await readFile(manifest, 'utf8')).replaceAll(/^(?:model|version): .*\n/gm, '')
  await writeFile(manifest, nameless)
  const lines = (await readFile(csv, 'utf8')).trim().split('\n').slice(1)
  const records = lines.map((line) =>
    Object.fromEntries(inputs.map((name, i) => [name, Number(line.split(',')[i])])),
  )
  const rows = probabilities
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line.replaceAll('E', 'e')) as number[])
  const bare = (name: string) => ({ name, type: 'float64' as const, shape: [] })
  const [first, second] = records
  return {
    ...{ path, framework },
    request: { instances: records },
    expected: rows.map((row) => ({ species: species[row.indexOf(Math.max(...row))], probabilities: row })),
    signature: {
      inputs: inputs.map(bare),
      outputs: [
        { name: 'species', type: 'string', shape: [] },
        { name: 'probabilities', type: 'float64', shape: [3] },
      ],
    },
    badRow: {
      request: { instances: [first, { ...second, petal_width: 'x' }] },
      pointer: '/instances/1/petal_width',
    },
  }
}

/** A program in Java that fails where it is asked to. */
const failing = `import sluice.*;
public class Moody implements Predictor {
  public Object predict(Columns inputs) {
    for (double value : inputs.doubles("x"))
      if (value < 0) throw new IllegalStateException("no such row");
    return inputs.doubles("x");
  }
}
`

export const javaCases: readonly RuntimeCase[] = [
  {
    name: 'Java, a jar and its weights',
    runtime: 'java',
    layout: 'jar',
    make: async (folder) => {
      const jdk = await jdkHere()
      const path = join(folder, 'release')
      await cp(join(root, 'examples', 'java', '1.0.0'), path, { recursive: true })
      const places = `${join(root, 'examples', 'java', 'src')}:${api}`
      await run(javacOf(jdk), ['-nowarn', '-sourcepath', places, '-d', folder, join(irises, 'Answers.java')])
      const { stdout } = await run(javaOf(jdk), ['-cp', folder, 'Answers', csv, join(path, 'weights.csv')])
      return irisesMade(path, `Java ${jdk.version}`, stdout)
    },
  },
  {
    name: 'Java, a class without a file that names it',
    runtime: 'java',
    layout: 'jar',
    make: async (folder) => {
      const jdk = await jdkHere()
      const [path, classes] = [join(folder, 'release'), join(folder, 'classes')]
      for (const place of [path, classes]) await mkdir(place)
      await writeFile(join(folder, 'Moody.java'), failing)
      const options = ['-nowarn', '-implicit:none', '-sourcepath', api, '-d', classes]
      await run(javacOf(jdk), [...options, join(folder, 'Moody.java')])
      await run(join(jdk.home, 'bin', 'jar'), [
        '--create',
        '--file',
        join(path, 'moody.jar'),
        '-C',
        classes,
        '.',
      ])
      const field = (name: string) => ({ name, type: 'float64' as const, shape: [] })
      const signature = { inputs: [field('x')], outputs: [field('y')] }
      await writeFile(join(path, 'model.yaml'), JSON.stringify({ signature }))
      return {
        ...{ path, framework: `Java ${jdk.version}`, signature },
        request: { instances: [{ x: 1 }, { x: 0.5 }] },
        expected: [1, 0.5],
        badRow: { request: { instances: [{ x: 1 }, { x: 'x' }] }, pointer: '/instances/1/x' },
        crash: {
          request: { instances: [{ x: -1 }] },
          told: /Moody\.java line 5: IllegalStateException: no such row/,
        },
      }
    },
  },
  {
    name: 'Scala, a jar and its library',
    runtime: 'java',
    layout: 'jar',
    make: async (folder) => {
      const jdk = await jdkHere()
      const work = join(folder, 'scala')
      await cp(join(root, 'examples', 'scala'), work, { recursive: true })
      await mkdir(join(folder, 'java'))
      await cp(csv, join(folder, 'java', 'iris.csv'))
      const env = { ...process.env, SLUICE_API: join(api, 'sluice') }
      await run('./build.sh', { cwd: work, env }).catch(({ message }) => {
        throw new Unavailable(`Maven does not give Scala here: ${message}`)
      })
      const scala = join('target', 'compiler', '*')
      const compile = ['-usejavacp', '-cp', 'target/jar', '-d', 'target/train', join(irises, 'Answers.scala')]
      await run(javaOf(jdk), ['-cp', scala, 'scala.tools.nsc.Main', ...compile], { cwd: work })
      const answers = ['-cp', `${scala}:target/train`, 'Answers', csv, '1.0.0/species.csv']
      const { stdout } = await run(javaOf(jdk), answers, { cwd: work })
      return irisesMade(join(work, '1.0.0'), 'Scala 2.13.16', stdout)
    },
  },
]
