import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { type ConsoleFiles, consoleAnswer, isConsolePath } from '../../lambdas/console/console-answer.ts'
import { consoleFiles } from '../../local/console/console-files.ts'

let files: ConsoleFiles
beforeAll(async () => {
  files = await consoleFiles()
})

const get = (path: string, ifNoneMatch?: string) => consoleAnswer(files, { method: 'GET', path, ifNoneMatch })

test.each([
  ['/console', true],
  ['/console/', true],
  ['/console/models/churn', true],
  ['/consoles', false],
  ['/models/console', false],
])('%s is the console: %s', (path, is) => {
  expect(isConsolePath(path)).toBe(is)
})

describe('the console', () => {
  test('is a page, a script, a style sheet and an icon, of less than 100 kB together', () => {
    expect([...files.keys()].toSorted()).toEqual(['console.css', 'console.js', 'icon.svg', 'index.html'])
    const bytes = [...files.values()].reduce((sum, { body }) => sum + gzipSync(body).length, 0)
    expect(bytes).toBeLessThan(100_000)
  })

  test('asks nothing of another place, and holds no script or style in its page', () => {
    const page = Buffer.from(files.get('index.html')?.body ?? []).toString()
    expect(page).not.toMatch(/<style|style=|<script(?![^>]*src=)|https?:|\son\w+=/)
  })

  test('is sent with a policy that runs and draws nothing from elsewhere', () => {
    const policy = get('/console/').headers['Content-Security-Policy']
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|\*|https?:|data:/)
    expect(get('/console/console.js').headers['Content-Type']).toBe('text/javascript; charset=utf-8')
  })

  test('opens at every path of its own, since it reads the path itself', () => {
    for (const path of ['/console/', '/console/models/churn', '/console/operations/promotion-1.0'])
      expect(get(path)).toMatchObject({ status: 200, body: files.get('index.html')?.body })
    expect(get('/console')).toMatchObject({ status: 308, headers: { Location: '/console/' } })
  })

  test('is not sent again to who has it', () => {
    const { ETag = '' } = get('/console/console.js').headers
    expect(get('/console/console.js', ETag)).toMatchObject({ status: 304, body: '' })
    expect(get('/console/console.js', `"other", ${ETag}`).status).toBe(304)
    expect(get('/console/console.js', '"other"').status).toBe(200)
  })

  test('has no other file, takes nothing, and says so where it was not built', () => {
    expect(() => get('/console/other.js')).toThrow(/there is no GET \/console\/other\.js/)
    const sent = { method: 'POST', path: '/console/', ifNoneMatch: undefined }
    expect(() => consoleAnswer(files, sent)).toThrow('there is no POST /console/')
    expect(() => consoleAnswer(new Map(), { ...sent, method: 'GET' })).toThrow('no part of this platform')
  })
})
