import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, describe, expect, jest, test } from '@jest/globals'
import { sha256Hex } from '../../../../lib/rules/digest.ts'
import { findInterpreter } from '../../../../local/environments/python/interpreter.ts'
import {
  environmentPython,
  PythonEnvironments,
} from '../../../../local/environments/python/python-environments.ts'
import { runToEnd } from '../../../../local/environments/python/run-to-end.ts'
import { type Home, homeAt } from '../../../../local/home.ts'
import { pythonOrReason } from '../../../harness/python.ts'
import { refused } from '../../../harness/refused.ts'
import { temporaryFolder } from '../../../harness/temporary-folder.ts'
import { until } from '../../../harness/until.ts'

// Packages come from an index, which has its moods.
jest.setTimeout(120_000)

const folder = await temporaryFolder()
const found = await pythonOrReason()
const env = found ?? {}
/** Packages that come from nowhere: what is made of them has to be here already. */
const nowhere = {
  PIP_INDEX_URL: 'http://someone:secret@127.0.0.1:1/simple',
  UV_HTTP_RETRIES: '0',
  UV_NO_CACHE: '1',
}

const newHome = async () => homeAt(await mkdtemp(join(folder, 'home-')))

/** Ask until it is there. @returns the environment, and what was told meanwhile */
async function made(environments: PythonEnvironments, text: string) {
  const told: string[] = []
  for (;;) {
    const answer = await environments.ready(text)
    if ('name' in answer) return { environment: answer.name, lock: answer.lock, told }
    if (answer.building !== told.at(-1)) told.push(answer.building)
    await pause(2)
  }
}

async function imports(home: Home, environment: string, program: string) {
  return runToEnd(environmentPython(home, environment), ['-c', program], { env: {} })
}

const lockOf = (home: Home, environment: string) =>
  readFile(join(home.environments, environment, 'requirements.lock'), 'utf8')

const unlessSkipped = found === undefined ? describe.skip : describe

unlessSkipped('an environment', () => {
  const text = '# ours\nsix==1.17.0\ntomli>=2\n'

  test('holds the packages asked for and those of our server, each pinned to its bytes', async () => {
    const home = await newHome()
    const { environment, lock: digest, told } = await made(new PythonEnvironments(home, env), text)
    expect(environment).toMatch(/^[0-9a-f]{64}$/)
    expect(told[0]).toBe('resolving 2 requirements')
    expect(told.join('\n')).toMatch(/^installing \d packages/m)
    const ran = await imports(home, environment, 'import six, tomli, uvicorn, orjson; print(six.__version__)')
    expect(ran).toMatchObject({ ok: true, stdout: '1.17.0\n' })
    const lock = await lockOf(home, environment)
    expect(lock).toMatch(/^six==1\.17\.0 \\\n {4}--hash=sha256:[0-9a-f]{64}/m)
    for (const entry of lock.trim().split(/\n(?=\S)/)) expect(entry).toContain('--hash=sha256:')
    expect(lock).not.toContain('://')
    expect(digest).toBe(sha256Hex(lock))
    expect(await readdir(home.environments)).toEqual([environment])
  })

  test('tells which packages are on their way', async () => {
    const environments = new PythonEnvironments(await newHome(), { ...env, UV_NO_CACHE: '1' })
    const { told } = await made(environments, text)
    expect(told.join('\n')).toMatch(
      /^installing \d packages: (?:downloading \w+ \(\S+\)|prepared \d packages in \S+)$/m,
    )
  })

  test('is the same for the same text, in another home too, and is not made again', async () => {
    const [home, other] = [await newHome(), await newHome()]
    const { environment } = await made(new PythonEnvironments(home, env), text)
    const elsewhere = await made(new PythonEnvironments(other, env), text)
    expect(elsewhere.environment).toBe(environment)
    expect(await lockOf(other, environment)).toBe(await lockOf(home, environment))
    const again = await made(new PythonEnvironments(home, { ...env, ...nowhere }), text)
    expect(again).toMatchObject({ environment, told: [] })
  })

  test('of a text that was resolved once keeps its lock, whatever the index has since', async () => {
    const home = await newHome()
    const earlier = join(home.root, 'earlier.txt')
    await writeFile(earlier, 'tomli==2.0.1\n')
    const then = { ...env, UV_CONSTRAINT: earlier }
    const { environment } = await made(new PythonEnvironments(home, then), text)
    expect(await lockOf(home, environment)).toContain('tomli==2.0.1')
    await rm(join(home.environments, environment), { recursive: true })
    const again = await made(new PythonEnvironments(home, env), text)
    expect(again.environment).toBe(environment)
    expect(again.told.at(-1)).toMatch(/^installing/)
  })

  test('is made once for many who ask at once, in different words', async () => {
    const home = await newHome()
    const environments = new PythonEnvironments(home, env)
    const texts = [text, text, 'tomli>=2\nsix==1.17.0', text, 'six==1.17.0 # the last\ntomli>=2']
    const inode = async (environment: string) => (await stat(join(home.environments, environment))).ino
    const asked = texts.map(async (one) => {
      const { environment } = await made(environments, one)
      return { environment, inode: await inode(environment) }
    })
    const [first, ...others] = await Promise.all(asked)
    for (const other of others) expect(other).toEqual(first)
    expect(await readdir(home.environments)).toEqual([first?.environment])
  })

  test('whose Python has gone is made again in its place', async () => {
    const home = await newHome()
    const { environment } = await made(new PythonEnvironments(home, env), text)
    await rm(environmentPython(home, environment))
    await symlink(join(folder, 'gone'), environmentPython(home, environment))
    expect((await made(new PythonEnvironments(home, env), text)).environment).toBe(environment)
    expect((await imports(home, environment, 'import six'))?.ok).toBe(true)
    expect(await readdir(home.environments)).toEqual([environment])
  })

  test('is made with a uv of our own where there is none', async () => {
    const home = await newHome()
    const bin = await mkdtemp(join(folder, 'bin-'))
    await symlink((await findInterpreter(env)).path, join(bin, 'python3'))
    const { told } = await made(new PythonEnvironments(home, { ...env, PATH: bin }), text)
    expect(told).toContain('getting uv, which installs Python packages')
    expect(existsSync(join(home.cache, 'uv', 'bin', 'uv'))).toBe(true)
    const again = await made(new PythonEnvironments(home, { ...env, PATH: bin }), 'six==1.17.0')
    expect(again.told).not.toContain('getting uv, which installs Python packages')
  })

  test('holds scikit-learn', async () => {
    const home = await newHome()
    const { environment } = await made(new PythonEnvironments(home, env), 'scikit-learn>=1.6')
    const ran = await imports(home, environment, 'import sklearn; print(sklearn.__name__)')
    expect(ran).toMatchObject({ ok: true, stdout: 'sklearn\n' })
  })
})

unlessSkipped('hashes that the requirements name', () => {
  const six = ['4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274']

  test('are the ones of the lock, and our server is resolved beside them', async () => {
    const home = await newHome()
    const text = `six==1.17.0 \\\n    --hash=sha256:${six}\n`
    const { environment } = await made(new PythonEnvironments(home, env), text)
    const lock = await lockOf(home, environment)
    expect(lock).toContain(`six==1.17.0 \\\n    --hash=sha256:${six}\nuvicorn==`)
  })

  test('refuse other bytes', async () => {
    const environments = new PythonEnvironments(await newHome(), env)
    const text = `six==1.17.0 --hash=sha256:${'0'.repeat(64)}`
    const { code, message } = await refused(made(environments, text))
    expect(code).toBe('environment-failed')
    expect(message).toContain('what the package index has as six==1.17.0 is not what its hashes')
  })
})

unlessSkipped('a process that is killed while it makes an environment', () => {
  const text = 'six==1.17.0\ntomli>=2'
  const program = `
    const { homeAt } = await import(process.argv[1] + '/home.ts')
    const { PythonEnvironments } = await import(process.argv[1] + '/environments/python/python-environments.ts')
    const environments = new PythonEnvironments(homeAt(process.argv[2]))
    for (;;) {
      const answer = await environments.ready(process.argv[3])
      console.log(answer.building ?? answer)
      if ('name' in answer) break
      await new Promise((resolve) => setTimeout(resolve, 1))
    }`

  test('leaves nothing or the whole, and the next one makes it', async () => {
    const home = await newHome()
    const local = join(import.meta.dirname, '..', '..', '..', '..', 'local')
    const args = ['--input-type=module', '-e', program, local, home.root, text]
    let killed = 0
    for (const [saying, laterMs] of [
      ['resolving', 0],
      ['resolving', 200],
      ['installing', 0],
      ['installing', 20],
      ['installing', 60],
      ['installing', 110],
    ] as const) {
      const child = spawn(process.execPath, args, {
        env,
        detached: true,
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const over = new Promise((resolve) => child.once('close', resolve))
      await new Promise<void>((resolve) => {
        child.stdout.on('data', (said) => String(said).includes(saying) && resolve())
        child.once('close', resolve)
      })
      await pause(laterMs)
      // With all that it started, as a machine that loses its power.
      if (child.exitCode === null) process.kill(-(child.pid ?? 0), 'SIGKILL')
      if (child.exitCode === null) killed += 1
      await over
      for (const name of await readdir(home.environments)) {
        if (name.startsWith('draft-')) continue
        expect((await imports(home, name, 'import six, tomli, uvicorn'))?.ok).toBe(true)
      }
    }
    expect(killed).toBeGreaterThan(2)
    const { environment } = await made(new PythonEnvironments(home, env), text)
    expect((await imports(home, environment, 'import six, tomli, uvicorn'))?.ok).toBe(true)
    await new PythonEnvironments(home, env).stop()
    expect(await readdir(home.environments)).toEqual([environment])
  })
})

unlessSkipped('an environment that cannot be made', () => {
  /** A source package that does not build. */
  async function broken(): Promise<string> {
    const place = await mkdtemp(join(folder, 'broken-'))
    const source = join(place, 'brokenpkg-1.0')
    await mkdir(source)
    await writeFile(join(source, 'setup.py'), `raise RuntimeError("no compiler in ${place}/bin")\n`)
    const pack =
      'import sys, tarfile; file = tarfile.open(sys.argv[1], "w:gz"); file.add(sys.argv[2], "brokenpkg-1.0"); file.close()'
    await runToEnd('python3', ['-c', pack, `${source}.tar.gz`, source], { env })
    return place
  }

  test.each<[string, string, RegExp, NodeJS.ProcessEnv]>([
    ['of a package that is not there', 'no-such-package-zzqx==1.0', /no-such-package-zzqx was not found/, {}],
    [
      'of versions that conflict',
      'six==1.16.0\nsix==1.17.0',
      /you require six==1\.16\.0 and six==1\.17\.0$/,
      {},
    ],
    ['of a version that is not there', 'six==99.0', /there is no version of six==99\.0/, {}],
    [
      'of what our own server cannot run on',
      'uvicorn==0.20',
      /uvicorn==0\.20 and uvicorn>=0\.30; Sluice's own server needs uvicorn>=0\.30$/,
      {},
    ],
    [
      'of a line that is no requirement',
      'six=1.0',
      /cannot be read: no such comparison operator "=".* six=1\.0$/,
      {},
    ],
    ['without a network', 'six', /^the package index cannot be reached: /, nowhere],
    [
      'without a network, by uv’s own setting',
      'six==1.15.0',
      /and the network is switched off$/,
      { UV_OFFLINE: '1', UV_NO_CACHE: '1' },
    ],
  ])('%s says why, and no place', async (_, text, reason, more) => {
    const environments = new PythonEnvironments(await newHome(), { ...env, ...more })
    const { code, message } = await refused(made(environments, text))
    expect([code, message]).toEqual(['environment-failed', expect.stringMatching(reason)])
    expect(message).not.toMatch(/:\/\/|127\.0\.0\.1|secret|requirements\.txt|\/\w+\//)
  })

  test('since a package does not build tells the last that its build said, and no place', async () => {
    const environments = new PythonEnvironments(await newHome(), { ...env, PIP_FIND_LINKS: await broken() })
    const { code, message } = await refused(made(environments, 'brokenpkg==1.0'))
    expect(code).toBe('environment-failed')
    expect(message).toMatch(
      /^brokenpkg==1\.0 has no wheel for this Python and platform, and building it failed: RuntimeError: no compiler in …$/,
    )
  })

  test('says so once, and is tried anew by the next who asks', async () => {
    const home = await newHome()
    const environments = new PythonEnvironments(home, env)
    await refused(made(environments, 'no-such-package-zzqx'))
    expect(await environments.ready('no-such-package-zzqx')).toEqual({ building: 'resolving 1 requirement' })
    await environments.stop()
    expect(await readdir(home.environments)).toEqual([])
  })
})

unlessSkipped('what pip was told of package indexes', () => {
  const servers: Server[] = []
  afterAll(() => {
    for (const server of servers) server.close().closeAllConnections()
  })

  /** An index that refuses everybody, or never answers, and who asked it. */
  async function closedIndex(status?: 401) {
    const asked: string[] = []
    const server = createServer(({ headers }, response) => {
      asked.push(Buffer.from(headers.authorization?.split(' ')[1] ?? '', 'base64').toString())
      if (status !== undefined) response.writeHead(status).end()
    })
    servers.push(server)
    await promisify((done: () => void) => server.listen(0, '127.0.0.1', done))()
    return {
      asked,
      address: `http://someone:secret@127.0.0.1:${(server.address() as AddressInfo).port}/simple`,
    }
  }

  test('in its file holds here too, and is told to nobody', async () => {
    const home = await newHome()
    const { asked, address } = await closedIndex(401)
    const file = join(home.root, 'pip.conf')
    await writeFile(file, `[global]\nindex-url = ${address}\n`)
    const environments = new PythonEnvironments(home, { ...env, PIP_CONFIG_FILE: file, UV_NO_CACHE: '1' })
    const { message } = await refused(made(environments, 'six'))
    expect(asked).toContain('someone:secret')
    expect(message).toBe('the package index wants to know who asks (401 Unauthorized)')
  })

  test('in its environment comes before its file, and what uv was told before both', async () => {
    const home = await newHome()
    const [ofPip, ofUv] = [await closedIndex(401), await closedIndex(401)]
    const told = { PIP_INDEX_URL: ofPip.address, UV_NO_CACHE: '1' }
    await refused(made(new PythonEnvironments(home, { ...env, ...told }), 'six'))
    expect(ofPip.asked.length).toBeGreaterThan(0)
    const before = ofPip.asked.length
    const more = { ...told, UV_DEFAULT_INDEX: ofUv.address }
    await refused(made(new PythonEnvironments(home, { ...env, ...more }), 'six'))
    expect(ofUv.asked.length).toBeGreaterThan(0)
    expect(ofPip.asked.length).toBe(before)
  })

  test('in the requirements themselves holds as well', async () => {
    const { asked, address } = await closedIndex(401)
    const environments = new PythonEnvironments(await newHome(), { ...env, UV_NO_CACHE: '1' })
    const { message } = await refused(made(environments, `--index-url ${address}\nsix`))
    expect(asked).toContain('someone:secret')
    expect(message).not.toMatch(/secret|127/)
  })

  test('is asked no more when the platform stops, and nothing is left behind', async () => {
    const home = await newHome()
    const { asked, address } = await closedIndex()
    const environments = new PythonEnvironments(home, { ...env, PIP_INDEX_URL: address, UV_NO_CACHE: '1' })
    await environments.ready('six')
    await until('a question to the index', () => asked.length > 0, 30_000)
    await environments.stop()
    expect(await readdir(home.environments)).toEqual([])
  }, 40_000)
})

describe('Python', () => {
  /** A program of a name that answers as a Python of a version does. */
  async function pretender(name: string, version: string): Promise<string> {
    const bin = await mkdtemp(join(folder, 'bin-'))
    const answer = JSON.stringify({ path: join(bin, name), version, tag: 'cpython-test' })
    await writeFile(join(bin, name), `#!/bin/sh\necho '${answer}'\n`)
    await chmod(join(bin, name), 0o755)
    return bin
  }
  const asked = async (variables: NodeJS.ProcessEnv) =>
    refused(new PythonEnvironments(await newHome(), variables).ready('six'))

  test('that is missing is told, with what to do', async () => {
    const { code, message } = await asked({ PATH: await mkdtemp(join(folder, 'bin-')) })
    expect(code).toBe('python-missing')
    expect(message).toBe(
      'a version of the python runtime needs Python 3.9 or newer, and there is none: python3 is not there, python is not there; install it, or name one with SLUICE_PYTHON',
    )
  })

  test('that is too old is told with its version', async () => {
    const { code, message } = await asked({ PATH: await pretender('python3', '3.7.16') })
    expect(code).toBe('python-missing')
    expect(message).toContain('none: python3 is Python 3.7.16, python is not there;')
  })

  test('that is new enough is taken, though an older one comes before it', async () => {
    const [older, newer] = [await pretender('python3', '2.7.18'), await pretender('python', '3.9.0')]
    expect(await findInterpreter({ PATH: `${older}:${newer}` })).toMatchObject({
      path: join(newer, 'python'),
    })
  })

  test('that SLUICE_PYTHON names is the only one that is looked at', async () => {
    const [named, other] = [await pretender('mine', '3.12.1'), await pretender('python3', '3.13.0')]
    const mine = join(named, 'mine')
    expect(await findInterpreter({ PATH: other, SLUICE_PYTHON: mine })).toMatchObject({ path: mine })
    const { message } = await asked({ PATH: other, SLUICE_PYTHON: join(named, 'gone') })
    expect(message).toContain('none: what SLUICE_PYTHON names is not there;')
    expect(message).not.toContain(folder)
  })
})
