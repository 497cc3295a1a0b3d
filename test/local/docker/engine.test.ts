import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import { findEngine } from '../../../local/docker/engine.ts'
import { refused } from '../../harness/refused.ts'
import { temporaryFolder } from '../../harness/temporary-folder.ts'

const folder = await temporaryFolder()
const { PATH, DOCKER_HOST } = process.env
afterEach(() => {
  process.env['PATH'] = PATH
  if (DOCKER_HOST === undefined) delete process.env['DOCKER_HOST']
  else process.env['DOCKER_HOST'] = DOCKER_HOST
})

/** Stand in for docker's command line: what it says to each command, else that it does not know it. */
async function dockerSays(name: string, answers: Readonly<Record<string, string>>): Promise<void> {
  const bin = join(folder, name)
  const cases = Object.entries(answers).map(([command, text]) => `"${command}") echo '${text}'; exit 0;;`)
  await mkdir(bin, { recursive: true })
  await writeFile(
    join(bin, 'docker'),
    `#!/bin/sh\ncase "$1 $2" in ${cases.join(' ')} esac\necho "Cannot connect to the Docker daemon" >&2\nexit 1\n`,
  )
  await chmod(join(bin, 'docker'), 0o755)
  process.env['PATH'] = `${bin}${delimiter}${PATH}`
  delete process.env['DOCKER_HOST']
}

const here = { 'context inspect': 'unix:///var/run/docker.sock' }
const linux = { ...here, 'info --format': 'linux Debian GNU/Linux 12 ["name=seccomp"]' }

describe('an engine', () => {
  test('of this machine is reached by the addresses of its containers', async () => {
    await dockerSays('plain', linux)
    expect(await findEngine()).toEqual({ reach: 'address', buildKit: false, buildNetwork: 'host' })
  })

  test('with BuildKit and a network of its own is asked for both', async () => {
    await dockerSays('full', { ...linux, 'buildx version': 'v0.20', 'network inspect': 'bridge' })
    expect(await findEngine()).toMatchObject({ buildKit: true, buildNetwork: 'default' })
  })

  test.each(['linux Docker Desktop []', 'linux Debian ["name=rootless"]'])(
    'that says %s is reached by a published port',
    async (info) => {
      await dockerSays('apart', { ...here, 'info --format': info })
      expect(await findEngine()).toMatchObject({ reach: 'published' })
    },
  )
})

describe('a version that needs one is refused', () => {
  const why = async () => {
    const { code, message } = await refused(findEngine())
    expect(code).toBe('docker-missing')
    expect(message).toMatch(/install Docker .*, start it, and push again$/)
    return message
  }

  test('where there is no docker', async () => {
    process.env['PATH'] = folder
    expect(await why()).toMatch(/there is no `docker` on the PATH/)
  })

  test('where none answers', async () => {
    await dockerSays('silent', here)
    expect(await why()).toMatch(/no engine answers: Cannot connect to the Docker daemon/)
  })

  test('where it is on another machine', async () => {
    await dockerSays('far', { ...linux, 'context inspect': 'ssh://ada@far' })
    expect(await why()).toMatch(/runs on another machine/)
  })

  test('where it runs containers of another system', async () => {
    await dockerSays('windows', { ...here, 'info --format': 'windows Docker []' })
    expect(await why()).toMatch(/containers of windows/)
  })
})
