import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, jest, test } from '@jest/globals'
import { environmentR, REnvironments } from '../../../../local/environments/r/r-environments.ts'
import { type Home, homeAt } from '../../../../local/home.ts'
import { noR } from '../../../harness/r.ts'
import { refused } from '../../../harness/refused.ts'
import { temporaryFolder } from '../../../harness/temporary-folder.ts'
import { until } from '../../../harness/until.ts'
import { repositoryOf } from './repository.ts'

// R starts several times for each, and shares the machine.
jest.setTimeout(120_000)

const run = promisify(execFile)
const folder = await temporaryFolder()
const newHome = async () => homeAt(await mkdtemp(join(folder, 'home-')))
const asks = (packages: Record<string, string | null>) => JSON.stringify({ packages })

/** Ask until it is there. @returns the environment, and what was told meanwhile */
async function made(environments: REnvironments, text: string) {
  const told: string[] = []
  for (;;) {
    const answer = await environments.ready(text)
    if ('name' in answer) return { environment: answer, told }
    if (answer.building !== told.at(-1)) told.push(answer.building)
    await pause(2)
  }
}

/** What a program in R prints that runs in an environment. */
async function prints(home: Home, environment: string, program: string): Promise<string> {
  const { rscript, libraries } = environmentR(home, environment)
  const env = { ...process.env, R_LIBS: libraries }
  return (await run(rscript, ['--vanilla', '-e', program], { env })).stdout
}

;(noR === undefined ? describe : describe.skip)('an environment of R', () => {
  let env: NodeJS.ProcessEnv

  beforeAll(async () => {
    const address = await repositoryOf(join(folder, 'cran'), [
      { name: 'sluice.small', version: '1.0.0', archived: true },
      { name: 'sluice.small', version: '2.0.0' },
      {
        name: 'sluice.large',
        version: '1.0.0',
        imports: ['sluice.small'],
        code: 'large <- function() sluice.small::version_of_it()',
      },
      { name: 'sluice.broken', version: '1.0.0', code: 'this is no R' },
      { name: 'sluice.slow', version: '1.0.0', code: 'Sys.sleep(20)' },
    ])
    env = { ...process.env, SLUICE_CRAN: address }
  })

  test('of what R has already is there at once, and is the same for all who ask', async () => {
    const [home, nowhere] = [await newHome(), { ...env, SLUICE_CRAN: 'file:///nowhere' }]
    const environments = new REnvironments(home, nowhere)
    const first = await environments.ready(asks({ ranger: null, jsonlite: '>= 1.0' }))
    expect(first).toEqual({
      name: expect.stringMatching(/^r-[0-9a-f]{64}$/),
      lock: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(await environments.ready(asks({ ranger: null, jsonlite: '>= 1.0' }))).toEqual(first)
    expect(await environments.ready('')).toEqual({
      name: expect.not.stringMatching((first as { name: string }).name),
    })
    await environments.stop()
  })

  test('has what R lacks in a library of its own, and what that needs, and tells of it meanwhile', async () => {
    const home = await newHome()
    const environments = new REnvironments(home, env)
    const { environment, told } = await made(environments, asks({ 'sluice.large': null }))
    expect(told).toContain('installing sluice.small (1 of 2)')
    expect(told).toContain('installing sluice.large (2 of 2)')
    expect(await prints(home, environment.name, 'cat(sluice.large::large())')).toBe('2.0.0')
    expect(await readdir(home.environments)).toEqual([environment.name])
    // A complete one needs no repository.
    const later = new REnvironments(home, { ...env, SLUICE_CRAN: 'file:///nowhere' })
    expect(await later.ready(asks({ 'sluice.large': null }))).toEqual(environment)
    await Promise.all([environments.stop(), later.stop()])
  })

  test('has an older version where one is locked', async () => {
    const home = await newHome()
    const environments = new REnvironments(home, env)
    const { environment } = await made(environments, asks({ 'sluice.small': '1.0.0' }))
    expect(await prints(home, environment.name, 'cat(sluice.small::version_of_it())')).toBe('1.0.0')
    await environments.stop()
  })

  test.each<[string, Record<string, string | null>, string]>([
    [
      'a package that does not exist',
      { 'sluice.absent': null },
      'there is no package sluice.absent at file://',
    ],
    [
      'a version that does not exist',
      { 'sluice.small': '9.0.0' },
      'there is no version 9.0.0 of sluice.small at file://',
    ],
    [
      'a version that is to come',
      { 'sluice.small': '>= 3.0' },
      'the package sluice.small has to be >= 3.0, and file://',
    ],
    [
      'a package that does not install',
      { 'sluice.broken': null },
      'the package sluice.broken does not install here: ',
    ],
  ])('with %s is refused in a sentence, and leaves nothing', async (_, packages, why) => {
    const home = await newHome()
    const environments = new REnvironments(home, env)
    const { code, message } = await refused(made(environments, asks(packages)))
    expect([code, message]).toEqual(['environment-failed', expect.stringContaining(why)])
    expect(await readdir(home.environments)).toEqual([])
    // The next who asks tries again.
    expect(await environments.ready(asks(packages))).toMatchObject({ building: expect.anything() })
    await environments.stop()
  })

  test.each([
    ['no repository is told', '@CRAN@', 'no repository is told to take it from: set SLUICE_CRAN'],
    [
      'the repository cannot be reached',
      'file:///nowhere',
      'there is no index of packages at file:///nowhere',
    ],
  ])('says what to do where %s', async (_, address, why) => {
    const environments = new REnvironments(await newHome(), { ...env, SLUICE_CRAN: address })
    const { message } = await refused(made(environments, asks({ 'sluice.small': null })))
    expect(message).toContain(why)
    expect(message).toContain('apt-get install r-cran-sluice.small')
    await environments.stop()
  })

  test('tells no password of a repository', async () => {
    const address = 'http://someone:secret@127.0.0.1:1'
    const environments = new REnvironments(await newHome(), { ...env, SLUICE_CRAN: address })
    const { message } = await refused(made(environments, asks({ 'sluice.small': null })))
    expect(message).toContain('http://127.0.0.1:1')
    expect(message).not.toContain('secret')
    await environments.stop()
  })

  test('that is ended in the middle is not there, and is made by the next', async () => {
    const home = await newHome()
    const environments = new REnvironments(home, env)
    const slow = asks({ 'sluice.slow': null })
    await until('it installs', async () => {
      const answer = await environments.ready(slow)
      return 'building' in answer && answer.building.startsWith('installing')
    })
    await environments.stop()
    const left = await readdir(home.environments)
    expect(left.filter((name) => !name.startsWith('r-draft-'))).toEqual([])
    const next = new REnvironments(home, env)
    await made(next, asks({ 'sluice.small': null }))
    expect((await readdir(home.environments)).every((name) => /^r-[0-9a-f]{64}$/.test(name))).toBe(true)
    await next.stop()
  })

  test('what a killed process left is swept away by the next', async () => {
    const home = await newHome()
    await writeFile(join(home.environments, 'r-draft-left'), '')
    const environments = new REnvironments(home, env)
    await made(environments, '')
    expect(await readdir(home.environments)).not.toContain('r-draft-left')
    await environments.stop()
  })

  test('needs an R, and one that is new enough', async () => {
    const missing = new REnvironments(await newHome(), { ...env, SLUICE_R: '/nowhere/Rscript' })
    const { code, message } = await refused(made(missing, ''))
    expect([code, message]).toEqual([
      'r-missing',
      expect.stringContaining('SLUICE_R names /nowhere/Rscript, which is not there'),
    ])
    const old = join(folder, 'old-rscript')
    await writeFile(old, '#!/bin/sh\necho "r 4.1.3 x86_64-pc-linux-gnu"\n', { mode: 0o755 })
    const aged = new REnvironments(await newHome(), { ...env, SLUICE_R: old })
    expect((await refused(made(aged, ''))).message).toContain('is R 4.1.3')
    const empty = new REnvironments(await newHome(), { PATH: join(folder, 'no-path') })
    expect((await refused(made(empty, ''))).message).toContain('there is no Rscript on the PATH')
    const strange = join(folder, 'strange-rscript')
    await symlink('/bin/true', strange)
    const other = new REnvironments(await newHome(), { ...env, SLUICE_R: strange })
    expect((await refused(made(other, ''))).message).toContain('does not run R')
    await rm(strange)
  })
})
