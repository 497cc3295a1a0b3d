import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { debianBase } from '../harness/containers/debian-base.ts'
import { type Engine, startEngine } from '../harness/containers/engine.ts'
import { buildTime, whereDebianIsMade } from './where-containers-run.ts'

whereDebianIsMade('the Debian that stands in for bases that cannot be pulled', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine()
  })
  afterAll(() => engine?.stop())

  test(
    'is Debian 12 with the packages asked for, and is not made twice',
    async () => {
      const image = await debianBase(engine, ['python3', 'python-is-python3'])
      expect(await debianBase(engine, ['python-is-python3', 'python3'])).toBe(image)
      const command = 'cat /etc/debian_version && python --version'
      const said = await engine.docker('run', '--rm', '--network=none', image, 'sh', '-c', command)
      expect(said).toMatch(/^12\.\d+\nPython 3\.11\./)
    },
    buildTime,
  )

  test(
    'says which package there is none of',
    async () => {
      await expect(debianBase(engine, ['no-such-package-at-all'])).rejects.toThrow(
        /Unable to locate package no-such-package-at-all/,
      )
    },
    buildTime,
  )
})
