import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { consoleAnswer } from '../../lambdas/console/console-answer.ts'
import type { ConsoleFiles } from '../../lambdas/console/console-files.ts'
import { isConsolePath } from '../../lib/wiring/console-routes.ts'
import { consoleFiles } from '../../local/console/console-files.ts'

let files: ConsoleFiles
beforeAll(async () => {
  files = await consoleFiles()
}, 120_000)

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
    for (const path of [
      '/console',
      '/console/',
      '/console/models/churn',
      '/console/operations/promotion-1.0',
    ])
      expect(get(path)).toMatchObject({
        ...{ status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' } },
        body: Buffer.from(files.get('index.html')?.body ?? []).toString(),
      })
  })

  test('is told what stands before its paths, how callers say who they are, and where they call', () => {
    const asked = { method: 'GET', path: '/console', ifNoneMatch: undefined }
    const platform = 'https://a1.execute-api.eu-west-1.amazonaws.com/prod'
    const { body, headers } = consoleAnswer(files, { ...asked, base: '/prod', callers: 'keys', platform })
    expect(body).toContain('<script type="module" src="/prod/console/console.js">')
    expect(body).toContain('<meta name="callers" content="keys">')
    expect(body).toContain(`<meta name="platform" content="${platform}">`)
    expect(headers['ETag']).not.toBe(get('/console').headers['ETag'])
    for (const odd of [{ base: '/"><script>' }, { platform: 'https://x/"onload="' }])
      expect(() => consoleAnswer(files, { ...asked, ...odd })).toThrow('the console would be at')
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
