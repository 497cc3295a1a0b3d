import { beforeAll, describe, expect, test } from '@jest/globals'
import type { LambdaEvent } from 'hono/aws-lambda'
import { handle } from 'hono/aws-lambda'
import { consoleDoor } from '../../lambdas/aws/console-door.ts'
import { type ConsoleFiles, consoleFile } from '../../lambdas/console/console-files.ts'

let answer: ReturnType<typeof handle>

beforeAll(() => {
  const files: ConsoleFiles = new Map(
    Object.entries({
      'index.html': '<meta name="callers" content=""><script src="/console/console.js"></script>',
      'console.js': 'started()',
    }).map(([name, text]) => [name, consoleFile(name, Buffer.from(text))]),
  )
  answer = handle(consoleDoor(async () => files, 'keys'))
})

const overHttp = (method: string, rawPath: string, route: string, headers: Record<string, string> = {}) =>
  ({
    ...{ version: '2.0', routeKey: `${method} ${route}`, rawPath, rawQueryString: '', headers },
    ...{ isBase64Encoded: false, requestContext: { http: { method, path: rawPath }, domainName: 'x' } },
  }) as unknown as LambdaEvent

const overRest = (path: string, resource: string, stage = '/prod') =>
  ({
    ...{ httpMethod: 'GET', path, resource, headers: { Host: 'x' }, multiValueHeaders: {}, body: null },
    ...{ isBase64Encoded: false, requestContext: { path: `${stage}${path}`, domainName: 'x' } },
  }) as unknown as LambdaEvent

describe('the console behind a gateway', () => {
  test.each([
    ['/console', '/console'],
    ['/console/', '/console/{proxy+}'],
    ['/console/models/churn', '/console/{proxy+}'],
  ])('an HTTP API shows the page at %s', async (path, route) => {
    const { statusCode, headers, body } = await answer(overHttp('GET', path, route))
    expect([statusCode, headers?.['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(body).toContain('src="/console/console.js"')
    expect(body).toContain('content="keys"')
    expect(headers?.['content-security-policy']).toContain("default-src 'none'")
  })

  test('a REST API shows it below its stage, whose name may be the console’s own', async () => {
    const { body } = await answer(overRest('/console', '/console'))
    expect(body).toContain('src="/prod/console/console.js"')
    const deep = await answer(overRest('/console/models/console', '/console/{proxy+}', '/console'))
    expect(deep.body).toContain('src="/console/console/console.js"')
    expect((await answer(overRest('/console/console.js', '/console/{proxy+}'))).body).toBe('started()')
  })

  test('what a browser has is not sent again', async () => {
    const first = await answer(overHttp('GET', '/console/console.js', '/console/{proxy+}'))
    const headers = { 'if-none-match': String(first.headers?.['etag']) }
    const again = await answer(overHttp('GET', '/console/console.js', '/console/{proxy+}', headers))
    expect([again.statusCode, again.body]).toEqual([304, ''])
  })

  test.each([
    ['what came by a route that asked for other rights', 'GET', '/console', '/{proxy+}'],
    ['what a gateway took for the console', 'GET', '/models/churn', '/console/{proxy+}'],
    ['what is sent to it', 'POST', '/console', '/{proxy+}'],
    ['a path that hides another', 'GET', '/console/../models', '/console/{proxy+}'],
  ])('refuses %s', async (_, method, path, route) => {
    const { statusCode, body } = await answer(overHttp(method, path, route))
    expect(statusCode).toBeGreaterThanOrEqual(400)
    expect(JSON.parse(body).code).toMatch(/^path-/)
  })
})
