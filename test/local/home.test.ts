import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { HomeTaken, homeAt, takeHome } from '../../local/home.ts'

let folder: string
let children: ChildProcess[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-home-'))
  children = []
})

afterEach(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  rmSync(folder, { recursive: true, force: true })
})

/** A process that takes the home and keeps it, once it has said so. */
async function otherOwner(): Promise<ChildProcess> {
  const module = pathToFileURL(join(import.meta.dirname, '..', '..', 'local', 'home.ts')).href
  const source = `
    import { homeAt, takeHome } from ${JSON.stringify(module)}
    const letGo = takeHome(homeAt(process.argv[1]))
    console.log('taken')
    // Held on to: what nobody can let go any more is let go when its memory is.
    setInterval(() => letGo, 1000)`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', source, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  await once(child.stdout as NodeJS.ReadableStream, 'data')
  return child
}

function taken(): HomeTaken {
  try {
    takeHome(homeAt(folder))()
  } catch (error) {
    if (error instanceof HomeTaken) return error
    throw error
  }
  throw new Error('the home could be taken')
}

describe('a home', () => {
  test('has every folder that its platform writes to, whatever the working directory', () => {
    const home = homeAt(relative(process.cwd(), join(folder, 'deep', 'down')))
    expect(home.root).toBe(join(folder, 'deep', 'down'))
    const folders = [
      home.store,
      home.incoming,
      home.frozen,
      home.images,
      home.environments,
      home.cache,
      home.logs,
    ]
    for (const path of [...folders, join(home.store, 'models'), join(home.store, 'records')]) {
      expect(path.startsWith(home.root)).toBe(true)
      expect([path, statSync(path).isDirectory()]).toEqual([path, true])
    }
    expect(home.database.startsWith(home.root)).toBe(true)
  })

  test('that is there already keeps what it holds', () => {
    const home = homeAt(folder)
    writeFileSync(join(home.frozen, 'bytes'), 'x')
    homeAt(folder)
    expect(readdirSync(home.frozen)).toEqual(['bytes'])
  })
})

describe('a home that is taken', () => {
  test('is refused to a second platform of the same process, with what to do about it', () => {
    const letGo = takeHome(homeAt(folder))
    const { name, message } = taken()
    expect(name).toBe('HomeTaken')
    expect(message).toContain(folder)
    expect(message).toContain('--home')
    letGo()
  })

  test('can be taken again once it was let go', () => {
    takeHome(homeAt(folder))()
    const letGo = takeHome(homeAt(folder))
    expect(taken()).toBeInstanceOf(HomeTaken)
    letGo()
  })

  test('does not keep anybody out of another home', () => {
    const letGo = takeHome(homeAt(folder))
    takeHome(homeAt(join(folder, 'other')))()
    letGo()
  })

  test('is refused to another process, and let go when its owner is killed', async () => {
    const owner = await otherOwner()
    expect(taken()).toBeInstanceOf(HomeTaken)
    owner.kill('SIGKILL')
    await once(owner, 'exit')
    const letGo = takeHome(homeAt(folder))
    letGo()
  })

  test('is refused to a process while this one holds it', async () => {
    const letGo = takeHome(homeAt(folder))
    const module = pathToFileURL(join(import.meta.dirname, '..', '..', 'local', 'home.ts')).href
    const source = `
      import { homeAt, takeHome } from ${JSON.stringify(module)}
      try { takeHome(homeAt(process.argv[1])); process.exitCode = 1 } catch (error) { console.log(error.name) }`
    const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', source, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(child)
    const [[said], [code]] = await Promise.all([
      once(child.stdout as NodeJS.ReadableStream, 'data'),
      once(child, 'exit'),
    ])
    expect([String(said).trim(), code]).toEqual(['HomeTaken', 0])
    letGo()
  })
})

test('a home whose lock is no database is not said to be taken', () => {
  const home = homeAt(folder)
  mkdirSync(join(home.root, 'lock.sqlite'))
  expect(() => takeHome(home)).toThrow()
  expect(() => takeHome(home)).not.toThrow(HomeTaken)
})

test('a home whose lock was overwritten is not said to be taken', () => {
  const home = homeAt(folder)
  writeFileSync(
    join(home.root, 'lock.sqlite'),
    'this is no database, and long enough for one to look at it'.repeat(20),
  )
  expect(() => takeHome(home)).toThrow('a file in it is no database')
})

test.each([
  ['a file in its place', (place: string) => writeFileSync(place, 'mine')],
  [
    'a file in the place of a folder of its own',
    (place: string) => writeFileSync(join(mkdirOf(place), 'store'), 'mine'),
  ],
])('a home with %s is refused in one sentence', (_, spoil) => {
  const place = join(folder, 'spoilt')
  spoil(place)
  expect(() => homeAt(place)).toThrow(
    expect.objectContaining({
      name: 'HomeUnusable',
      message: expect.stringMatching(/^no platform can live in .*spoilt: there is a file .*--home DIR$/),
    }),
  )
})

function mkdirOf(path: string): string {
  mkdirSync(path)
  return path
}
