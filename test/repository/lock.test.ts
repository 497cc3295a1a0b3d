import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { missingEntries } from '../../scripts/complete-lock.mjs'

const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'))

test("the lock names every platform's optional packages, or newer npm refuses it there", () => {
  expect(missingEntries(lock)).toEqual([])
})

test('a package that is missing is noticed', () => {
  const { ['node_modules/@biomejs/cli-darwin-arm64']: _, ...packages } = lock.packages
  const [[name, entry] = []] = missingEntries({ packages })
  expect(name).toBe('node_modules/@biomejs/cli-darwin-arm64')
  expect(entry).toMatchObject({ optional: true, dev: true, os: ['darwin'], cpu: ['arm64'] })
})

test('the lock names no registry host', () => {
  expect(JSON.stringify(lock)).not.toMatch(/"resolved":"https?:/)
})
