import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect, jest, test } from '@jest/globals'
import { JavaEnvironments, javaCommand } from '../../../../local/environments/java/java-environments.ts'
import { findJdk, javaOf } from '../../../../local/environments/java/jdk.ts'
import { type Home, homeAt } from '../../../../local/home.ts'
import { refused } from '../../../harness/refused.ts'
import { temporaryFolder } from '../../../harness/temporary-folder.ts'
import { jdk } from '../../../model-templates/java-server.ts'

// A compiler takes seconds, and on a busy machine minutes.
jest.setTimeout(240_000)

const folder = await temporaryFolder()
const suite = jdk === undefined ? describe.skip : describe

/** Ask until it is there. @returns its name, and what was told meanwhile */
async function made(environments: JavaEnvironments) {
  const told: string[] = []
  for (;;) {
    const answer = await environments.ready()
    if ('name' in answer) return { name: answer.name, told }
    if (answer.building !== told.at(-1)) told.push(answer.building)
    await pause(5)
  }
}

suite('the environment of the java runtime', () => {
  const home: Home = homeAt(join(folder, 'home'))
  const place = join(home.environments, 'java')

  test('is made once for every version, whatever language the machine speaks', async () => {
    await mkdir(join(place, 'draft-of-the-dead'), { recursive: true })
    const { name, told } = await made(new JavaEnvironments(home, { ...process.env, LC_ALL: 'C' }))
    expect(told[0]).toMatch(/^compiling the server for Java \d+$/)
    expect(await readdir(place)).toEqual([name])
    expect((await readdir(join(place, name))).toSorted()).toEqual(['java', 'server.jar', 'server.jsa'])
    const before = await stat(join(place, name, 'server.jar'))
    expect(await made(new JavaEnvironments(home))).toEqual({ name, told: [] })
    expect((await stat(join(place, name, 'server.jar'))).mtimeMs).toBe(before.mtimeMs)
  })

  test('whose archive is missing is made whole again', async () => {
    const [name = ''] = await readdir(place)
    await rm(join(place, name, 'server.jsa'))
    expect(await made(new JavaEnvironments(home))).toMatchObject({ name })
    expect(await readdir(join(place, name))).toContain('server.jsa')
  })

  test('starts from its archive of classes, with a heap below what the version may take', async () => {
    const [name = ''] = await readdir(place)
    const { command, args } = javaCommand(home, name, 1000)
    expect(args).toContain('-Xmx650m')
    const rehearsal = [...args.slice(0, -1), '-Xlog:class+load', '-Xshare:on', 'sluice.serving.Rehearsal']
    const { stdout } = await promisify(execFile)(command, rehearsal, { maxBuffer: 1 << 26 })
    expect(stdout).toMatch(/sluice\.serving\.JsonReader source: shared objects file \(top\)/)
  })
})

describe('a JDK', () => {
  /** A folder that holds programs of a few lines. */
  async function javaSaying(version: string, more: readonly string[] = []): Promise<string> {
    const place = await mkdtemp(join(folder, 'jdk-'))
    await mkdir(join(place, 'bin'))
    const said = `    java.home = ${place}\n    java.runtime.version = ${version}`
    for (const name of ['java', ...more])
      await writeFile(join(place, 'bin', name), `#!/bin/sh\necho '${said}' >&2\n`, { mode: 0o755 })
    return place
  }

  test('is the one that SLUICE_JAVA_HOME names, before that of JAVA_HOME and that on the PATH', async () => {
    const [one, two, three] = [
      await javaSaying('21.0.1+1', ['javac']),
      await javaSaying('17.0.2+8', ['javac']),
      await javaSaying('25+1', ['javac']),
    ]
    const path = { PATH: `${join(three, 'bin')}:${process.env['PATH']}` }
    expect(await findJdk({ ...path, SLUICE_JAVA_HOME: one, JAVA_HOME: two })).toEqual({
      home: one,
      version: '21.0.1+1',
    })
    expect(javaOf(await findJdk({ ...path, JAVA_HOME: two }))).toBe(join(two, 'bin', 'java'))
    expect((await findJdk(path)).version).toBe('25+1')
  })

  test.each<[string, () => Promise<NodeJS.ProcessEnv>, string]>([
    ['is nowhere', async () => ({ PATH: '/nowhere' }), 'java is not there'],
    [
      'is too old',
      async () => ({ PATH: '/nowhere', JAVA_HOME: await javaSaying('11.0.2+9', ['javac']) }),
      'what JAVA_HOME names is Java 11.0.2+9, java is not there',
    ],
    [
      'has no compiler',
      async () => ({ SLUICE_JAVA_HOME: await javaSaying('17.0.1+1') }),
      'what SLUICE_JAVA_HOME names has no compiler',
    ],
  ])('that %s is told, with the line that installs one', async (_, env, why) => {
    const problem = await refused(made(new JavaEnvironments(homeAt(join(folder, 'none')), await env())))
    expect(problem.code).toBe('java-missing')
    expect(problem.message).toContain(
      `needs a JDK of Java 17 or newer, and there is none: ${why}; install one`,
    )
    expect(problem.message).toContain('apt install openjdk-17-jdk-headless')
  })
})
