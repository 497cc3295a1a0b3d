import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { ownAccess, rememberAccess } from '../../local/own-access.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-access-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const access = { url: 'http://localhost:8080', key: 'sluice_secret' }

test('what opens a home is for its user alone, and out of the reach of version control', async () => {
  await rememberAccess(root, access)
  expect(ownAccess(root)).toEqual(access)
  expect(statSync(join(root, 'access.json')).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(root, '.gitignore'), 'utf8')).toBe('*\n')
})

test('what somebody wrote about version control stays', async () => {
  writeFileSync(join(root, '.gitignore'), '!store\n')
  await rememberAccess(root, access)
  expect(readFileSync(join(root, '.gitignore'), 'utf8')).toBe('!store\n')
})
