import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../../../lib/rules/problem.ts'
import { runToEnd } from '../python/run-to-end.ts'

/** A JDK that the server can be compiled with, and run on. */
export interface Jdk {
  /** Where it lies. */
  readonly home: string
  /** To the last digit: what was made ready for one build of Java is of no use to another. */
  readonly version: string
}

/** The oldest Java that the server runs on: the first with Unix sockets and with what its language has. */
const oldest = 17

/** A Java starts in a tenth of a second; this is for a machine that does a great deal else. */
const answersWithinMs = 30_000

export const javaOf = ({ home }: Jdk) => join(home, 'bin', 'java')
export const javacOf = ({ home }: Jdk) => join(home, 'bin', 'javac')

/**
 * The JDK of this machine: what SLUICE_JAVA_HOME names, else JAVA_HOME, else the java on the PATH.
 * @throws Problem `java-missing`
 */
export async function findJdk(env: NodeJS.ProcessEnv): Promise<Jdk> {
  const named = (['SLUICE_JAVA_HOME', 'JAVA_HOME'] as const).flatMap((name) => {
    const home = env[name]
    return home ? [{ name: `what ${name} names`, command: join(home, 'bin', 'java') }] : []
  })
  const candidates = env['SLUICE_JAVA_HOME']
    ? named.slice(0, 1)
    : [...named, { name: 'java', command: 'java' }]
  const found: string[] = []
  for (const { name, command } of candidates) {
    const answer = await ask(command, env)
    if (typeof answer === 'string') found.push(`${name} ${answer}`)
    else if (Number.parseInt(answer.version, 10) < oldest) found.push(`${name} is Java ${answer.version}`)
    else if (!(await isThere(javacOf(answer)))) found.push(`${name} has no compiler`)
    else return answer
  }
  throw new Problem(
    'java-missing',
    `a version of the java runtime needs a JDK of Java ${oldest} or newer, and there is none: ${found.join(', ')}; install one ` +
      '(apt install openjdk-17-jdk-headless on Debian and Ubuntu), or name one with SLUICE_JAVA_HOME',
  )
}

async function ask(command: string, env: NodeJS.ProcessEnv): Promise<string | Jdk> {
  const signal = AbortSignal.timeout(answersWithinMs)
  const question = ['-XshowSettings:properties', '-version']
  const ended = await runToEnd(command, question, { env, signal }).catch(() => ({ stderr: '' }))
  if (ended === undefined) return 'is not there'
  const told = (name: string) => new RegExp(`^ *${name} = (.*)$`, 'm').exec(ended.stderr)?.[1]
  const [home, version] = [told('java\\.home'), told('java\\.runtime\\.version')]
  return home === undefined || version === undefined ? 'does not run' : { home, version }
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
