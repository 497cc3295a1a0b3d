import { describe, expect, test } from '@jest/globals'
import {
  askedPackages,
  describeNodePackages,
  isLock,
  leanLock,
  lockedPackages,
  lockMade,
  manifestOf,
  nodeRequirements,
} from '../../../lib/rules/node/node-requirements.ts'
import { refusal } from '../refusal.ts'

const integrity = `sha512-${'A'.repeat(86)}==`
const root = { dependencies: { a: '^1.0.0' } }
const a = { version: '1.2.0', integrity, license: 'MIT', engines: { node: '>=8' }, dependencies: { b: '2' } }
const b = { version: '2.0.0', resolved: 'https://registry.example/b-2.0.0.tgz', integrity }
const packages = {
  '': { name: 'churn', version: '1.0.0', ...root },
  'node_modules/a': a,
  'node_modules/b': b,
}
const lockOf = (all: object) => JSON.stringify({ name: 'churn', lockfileVersion: 3, packages: all }, null, 2)

describe('the lock that is made of a package.json', () => {
  const wants = nodeRequirements({ manifest: JSON.stringify({ ...root, overrides: { b: '2.0.0' } }) })

  test('is lean, and keeps what is overridden, which npm does not write into it', () => {
    expect(askedPackages(wants)).toBe(1)
    const lock = lockMade(lockOf(packages), wants)
    expect([isLock(lock), lockedPackages(lock)]).toEqual([true, 2])
    expect(JSON.parse(manifestOf(lock))).toEqual({ ...root, overrides: { b: '2.0.0' } })
  })

  test('is none where a package needs what is in no registry', () => {
    const needsFork = { ...packages, 'node_modules/b': { ...b, resolved: 'git+ssh://git@x.example/b' } }
    const { code, message } = refusal(() => lockMade(lockOf(needsFork), wants))
    expect([code, message]).toEqual([
      'requirements-malformed',
      "what package.json asks for needs what is not the bytes of a package in a registry: 'b', which is at 'git+ssh://git@x.example/b'",
    ])
  })
})

describe('what a program in JavaScript needs', () => {
  test('is nothing where neither file is there, or both ask for nothing', () => {
    expect(nodeRequirements({})).toBe('')
    expect(nodeRequirements({ manifest: '{"type":"module","devDependencies":{"jest":"^30"}}' })).toBe('')
    const lock = lockOf({ '': { devDependencies: { a: '1' } }, 'node_modules/a': { ...a, dev: true } })
    expect(nodeRequirements({ manifest: '{"devDependencies":{"a":"1"}}', lock })).toBe('')
  })

  test('is its lock, without what is for people and for developing', () => {
    const lock = lockOf({ ...packages, 'node_modules/dev': { version: '1.0.0', dev: true } })
    const text = nodeRequirements({ lock, manifest: JSON.stringify({ ...root, scripts: { test: 'x' } }) })
    expect([isLock(text), lockedPackages(text), JSON.parse(manifestOf(text))]).toEqual([true, 2, root])
    expect(JSON.parse(text).packages['node_modules/a']).toEqual({
      version: '1.2.0',
      integrity,
      dependencies: { b: '2' },
    })
    expect(nodeRequirements({ lock })).toBe(text)
    expect(leanLock(text)).toBe(text)
  })

  test('is one text for one set of packages, however a lock was written', () => {
    const turned = Object.fromEntries(Object.entries(packages).toReversed())
    expect(leanLock(lockOf(turned))).toBe(leanLock(lockOf(packages)))
  })

  test('is what package.json asks for, where nothing locks it', () => {
    const manifest = { name: 'churn', ...root, overrides: { b: '2.0.1' }, devDependencies: { jest: '^30' } }
    const text = nodeRequirements({ manifest: JSON.stringify(manifest) })
    expect(isLock(text)).toBe(false)
    expect(JSON.parse(manifestOf(text))).toEqual({ ...root, overrides: { b: '2.0.1' } })
    expect(
      nodeRequirements({ manifest: '{"dependencies":{"a":"npm:@b/c@^1.2","d":"1 - 2 || latest"}}' }),
    ).not.toBe('')
  })

  test('keeps what package.json overrides beside a lock', () => {
    const manifest = JSON.stringify({ ...root, overrides: { b: '2.0.0' } })
    const text = nodeRequirements({ manifest, lock: lockOf(packages) })
    expect(JSON.parse(manifestOf(text))).toEqual({ ...root, overrides: { b: '2.0.0' } })
  })

  test.each<[string, { lock?: string; manifest?: string }, string]>([
    ['a text', { manifest: '{' }, 'package.json is no JSON'],
    ['a list', { lock: '[]' }, 'package-lock.json is no object of JSON'],
    [
      'a lock of npm 6',
      { lock: '{"lockfileVersion":1,"dependencies":{}}' },
      'package-lock.json is of an npm before 7',
    ],
    ['a folder', { manifest: '{"dependencies":{"a":"file:../a"}}' }, "'a' 'file:../a'; publish it"],
    ['a repository', { manifest: '{"dependencies":{"a":"someone/a"}}' }, "'a' 'someone/a'"],
    [
      'an address',
      { manifest: '{"dependencies":{"a":"https://a.example/a.tgz"}}' },
      "'a' 'https://a.example/a.tgz'",
    ],
    [
      'a repository by its address',
      { manifest: '{"dependencies":{"a":"git+ssh://git@a.example/a"}}' },
      "'a' 'git+ssh",
    ],
    ['no version', { manifest: '{"dependencies":{"a":7}}' }, "'a' 7"],
    [
      'a folder in a lock',
      { lock: lockOf({ ...packages, 'node_modules/c': { link: true, resolved: '../c' } }) },
      "'c', which is a folder",
    ],
    [
      'a repository in a lock',
      { lock: lockOf({ ...packages, 'node_modules/c': { ...b, resolved: 'git+ssh://git@x.example/c' } }) },
      "'c', which is at 'git+ssh://git@x.example/c'",
    ],
    [
      'bytes that nobody pinned',
      { lock: lockOf({ ...packages, 'node_modules/@d/c': { version: '1.0.0' } }) },
      "'@d/c', which is without an integrity",
    ],
    [
      'two files of two times',
      { manifest: '{"dependencies":{"a":"^2.0.0"}}', lock: lockOf(packages) },
      "about 'a' the one asks for '^2.0.0', and the other for '^1.0.0'; run npm install, and push both",
    ],
    [
      'a package that the lock does not know',
      { manifest: '{"dependencies":{"a":"^1.0.0","c":"1"}}', lock: lockOf(packages) },
      "about 'c' the one asks for '1', and the other does not",
    ],
    [
      'too many packages',
      {
        lock: lockOf({
          ...packages,
          ...Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`node_modules/p${i}`, b])),
        }),
      },
      'and 100000 are allowed',
    ],
  ])('cannot be %s', (_, files, why) => {
    const problem = refusal(() => nodeRequirements(files))
    expect([problem.code, problem.message]).toEqual(['requirements-malformed', expect.stringContaining(why)])
  })

  test('is told in a line', () => {
    const scripted = { ...packages, 'node_modules/b': { ...b, hasInstallScript: true } }
    expect(describeNodePackages(nodeRequirements({ lock: lockOf(packages) }))).toBe(
      'a ^1.0.0 (2 packages in its lock)',
    )
    expect(describeNodePackages(nodeRequirements({ lock: lockOf(scripted) }))).toBe(
      'a ^1.0.0 (2 packages in its lock; the install script of b is not run)',
    )
    expect(describeNodePackages(nodeRequirements({ manifest: JSON.stringify(root) }))).toBe(
      'a ^1.0.0, which the first release locks',
    )
    expect(describeNodePackages('')).toBe('')
  })
})
