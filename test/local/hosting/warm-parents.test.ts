import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { ProcessCensus } from '../../../local/hosting/process-census.ts'
import { processesMarked } from '../../../local/hosting/process-memory.ts'
import { isAlive } from '../../harness/model-servers.ts'
import { temporaryFolder } from '../../harness/temporary-folder.ts'
import { until } from '../../harness/until.ts'
import { noPython, pythonWithModels, template } from '../../model-templates/python-server.ts'
import { type Running, WarmWorld } from './warm-world.ts'

const minutes = 60_000
jest.setTimeout(2 * minutes)
const root = await temporaryFolder()

/** Answers `who` with its process and its parent, and whatever else with what Python makes of it. */
const who = `
import numpy, os, threadpoolctl
import mark
def predict(inputs):
    asked = str(inputs["x"][0])
    if asked == "who":
        return [[os.getpid(), os.getppid()]]
    return [eval(asked, dict(os=os, numpy=numpy, mark=mark, inputs=inputs))]
`
const files = (name: string) => ({ 'predict.py': who, 'mark.py': `name = ${JSON.stringify(name)}\n` })

const suite = noPython === undefined && process.platform === 'linux' ? describe : describe.skip

suite('a warm parent', () => {
  let python: string
  let world: WarmWorld
  let parent: number
  let first: Running
  let worlds = 0
  beforeAll(async () => {
    python = await pythonWithModels()
    ;({ world, first, parent } = await begun())
  }, 10 * minutes)
  afterAll(() => world?.stop())

  /** A world with one version that was started cold, and the parent that it left. */
  async function begun() {
    worlds += 1
    const fresh = new WarmWorld(join(root, `${worlds}`), python)
    const cold = await fresh.start('first', files('first'))
    return { world: fresh, first: cold, parent: await fresh.parent() }
  }

  test('forks the second version of an environment, into a session of its own', async () => {
    const second = await world.start('second', files('second'))
    const [pid, ppid] = (await second.ask('who')) as [number, number]
    expect([ppid, await second.ask('os.getsid(0)')]).toEqual([parent, pid])
    const [, parentOfFirst] = (await first.ask('who')) as [number, number]
    expect(parentOfFirst).toBe(process.pid)
  })

  test('gives each its own files, folder and environment, and nothing that another has imported', async () => {
    const [one, two] = [await world.start('one', files('one')), await world.start('two', files('two'))]
    for (const [name, version] of Object.entries({ one, two, first })) {
      expect(await version.ask('mark.name')).toBe(name)
      expect(await version.ask('os.environ["MODEL_DIR"]')).toMatch(new RegExp(`/${name}$`))
    }
  })

  test('lets every version have its own log, and random numbers', async () => {
    const [one, two] = [await world.start('l1', files('l1')), await world.start('l2', files('l2'))]
    await one.ask('print("heard of one")')
    await two.ask('os.write(2, b"heard of two\\n")')
    await until('both are heard', () => one.lines().length > 0 && two.lines().length > 0)
    expect([one.lines(), two.lines()]).toEqual([['heard of one'], ['heard of two']])
    const drawn = await Promise.all([one, two].map((version) => version.ask('float(numpy.random.random())')))
    expect(drawn[0]).not.toBe(drawn[1])
  })

  test('is nothing to a version that works with BLAS, in as many threads as it was given', async () => {
    const version = await world.start('blas', files('blas'))
    expect(await version.ask('float((numpy.ones((300, 300)) @ numpy.ones((300, 300))).sum())')).toBe(27e6)
    expect(await version.ask('os.environ["OPENBLAS_NUM_THREADS"]')).toBe('1')
  })

  test('tells how a server has ended, whose death is nothing to the others', async () => {
    const [one, two] = [await world.start('d1', files('d1')), await world.start('d2', files('d2'))]
    await expect(one.ask('os._exit(3)')).rejects.toThrow('the model server went away')
    await until('it is said', () => one.lines().includes('the model server has gone: it ended with 3'))
    await expect(one.ask('os.abort()')).rejects.toThrow('the model server went away')
    await until('it is said', () =>
      one.lines().includes('the model server has gone: it was ended by SIGABRT'),
    )
    expect(await two.ask('mark.name')).toBe('d2')
    expect(world.parents.ready).toEqual([parent])
  })

  test('is no way round the limit of memory', async () => {
    const version = await world.start('large', files('large'), { memoryMb: 250 })
    await expect(version.ask('numpy.ones(1 << 27).sum() or os.read(os.pipe()[0], 1)')).rejects.toThrow()
    await until('it is said', () => version.lines().some((line) => /and host.memoryMb is 250$/.test(line)))
  })

  test('is seen by the system as what it is: a child that left its group ends with its version', async () => {
    const version = await world.start('forks', files('forks'))
    const [pid] = (await version.ask('who')) as [number]
    const code = '(lambda pid: pid or (os.setsid(), __import__("time").sleep(60)))(os.fork())'
    const child = (await version.ask(code)) as number
    const socket = await census(pid)
    expect(processesMarked(join(socket, '..'))).toEqual(expect.arrayContaining([pid, child]))
    expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).toContain(socket)
    await version.server.stop()
    await until('both have ended', () => !isAlive(pid) && !isAlive(child))
    expect(isAlive(parent)).toBe(true)
  })

  const census = async (pid: number) => {
    return readlink(join(root, '1', 'processes', `${pid}`))
  }

  test('forks no version that has a file by the name of a library: there, its own comes first', async () => {
    const own = { ...files('own'), 'threadpoolctl.py': 'name = "own"\n' }
    const version = await world.start('own', own)
    expect(await version.ask('__import__("threadpoolctl").name')).toBe('own')
    const [, ppid] = (await version.ask('who')) as [number, number]
    expect(ppid).toBe(process.pid)
  })

  test('forks no version when its libraries have begun threads', async () => {
    const file = join(root, 'threaded.py')
    const begins = 'threading.Thread(target=time.sleep, args=(600,), daemon=True).start()'
    const body = `import runpy, sys, threading, time\nsys.argv[0] = ${JSON.stringify(join(template, 'serve.py'))}\nsys.path[0] = ${JSON.stringify(template)}\nif "warm" in sys.argv: ${begins}\nrunpy.run_path(sys.argv[0], run_name="__main__")\n`
    await writeFile(file, body)
    const threaded = new WarmWorld(join(root, 'threaded'), python)
    const more = { args: [file] }
    await threaded.start('first', files('first'), more)
    await threaded.parent()
    const second = await threaded.start('second', files('second'), more)
    const [, ppid] = (await second.ask('who')) as [number, number]
    expect([ppid, threaded.parents.ready]).toEqual([process.pid, []])
    await threaded.stop()
  })

  test('that has died is nothing to its servers, and makes the next start cold', async () => {
    const { world: mortal, parent: dies } = await begun()
    const second = await mortal.start('second', files('second'))
    process.kill(dies, 'SIGKILL')
    await until('it has gone', () => mortal.parents.ready.length === 0)
    expect(await second.ask('mark.name')).toBe('second')
    const third = await mortal.start('third', files('third'))
    const [, ppid] = (await third.ask('who')) as [number, number]
    expect(ppid).toBe(process.pid)
    await expect(second.ask('os._exit(3)')).rejects.toThrow('the model server went away')
    await until('it is there again', () => second.ask('mark.name').catch(() => false), 30_000)
    expect(await mortal.parent()).not.toBe(dies)
    await mortal.stop()
  })

  test('that hangs makes the next start cold, and is ended', async () => {
    const { world: stuck, parent: hangs } = await begun()
    process.kill(hangs, 'SIGSTOP')
    const second = await stuck.start('second', files('second'))
    const [, ppid] = (await second.ask('who')) as [number, number]
    expect(ppid).toBe(process.pid)
    await until('it has ended', () => !isAlive(hangs))
    await stuck.stop()
  })

  test('ends when it was of no use for long, and with the platform when that stops', async () => {
    const { world: stopped, parent: ends } = await begun()
    await stopped.stop()
    await until('it has ended', () => !isAlive(ends))
    const unused = new WarmWorld(join(root, 'unused'), python, { idleMs: 0, unusedMs: 3000 })
    await unused.start('first', files('first'))
    const pid = await unused.parent()
    await until('it has ended', () => !isAlive(pid), 20_000)
    expect(unused.parents.ready).toEqual([])
    await unused.stop()
  })

  test('is not begun while somebody is served: its imports would slow predictions down', async () => {
    const busy = new WarmWorld(join(root, 'busy'), python, { idleMs: 2000 })
    const version = await busy.start('first', files('first'))
    const endsAt = performance.now() + 5000
    while (performance.now() < endsAt) {
      await version.ask('mark.name')
      expect(busy.parents.ready).toEqual([])
    }
    expect(await busy.parent()).toBeGreaterThan(0)
    await busy.stop()
  })

  test('ends with a platform that was killed, and so do its servers', async () => {
    const ids = await killedPlatform('killed')
    await until('all have ended', () => ids.every((pid) => !isAlive(pid)))
  })

  test('and its servers are found by the next platform where they hang', async () => {
    const ids = await killedPlatform('hangs', (all) => {
      for (const pid of all) process.kill(pid, 'SIGSTOP')
    })
    expect(ids.every(isAlive)).toBe(true)
    new ProcessCensus(join(root, 'hangs', 'processes')).reap()
    await until('all have ended', () => ids.every((pid) => !isAlive(pid)))
    expect(await readdir(join(root, 'hangs', 'processes'))).toEqual([])
  })

  /** @returns the ids of a warm parent and of its two servers, after their platform was killed */
  async function killedPlatform(name: string, before: (ids: readonly number[]) => void = () => {}) {
    const script = join(import.meta.dirname, 'warm-platform.ts')
    const platform = spawn(process.execPath, [script, join(root, name), python], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(createInterface({ input: platform.stdout }), 'line')
    const ids = JSON.parse(line) as number[]
    expect(ids.every(isAlive)).toBe(true)
    before(ids)
    platform.kill('SIGKILL')
    await once(platform, 'exit')
    return ids
  }
})
