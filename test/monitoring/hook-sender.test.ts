import type { lookup } from 'node:dns'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { HookSender } from '../../lambdas/monitoring/hook-sender.ts'

let server: Server
let url: string
let asked: string[]
let status: number
beforeEach(async () => {
  asked = []
  status = 204
  server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(status, { location: '/elsewhere' }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/drift`
})
afterEach(() => new Promise((resolve) => server.close(resolve)))

test('a laptop tells itself, and hears what is answered', async () => {
  expect(await new HookSender('anywhere').post(url, {}, '{}')).toEqual({ status: 204 })
  expect(asked).toEqual(['/drift'])
})

test('a redirect is an answer, and is not followed', async () => {
  status = 307
  expect(await new HookSender('anywhere').post(url, {}, '{}')).toEqual({ status: 307 })
  expect(asked).toEqual(['/drift'])
})

test('nobody who listens is a fault, in words', async () => {
  const answer = await new HookSender('anywhere').post('http://127.0.0.1:1/', {}, '{}')
  expect(answer).toEqual({ fault: expect.stringMatching(/^there was no answer: /) })
})

test.each([
  'http://127.0.0.1:9/',
  'https://localhost/',
  'https://169.254.169.254/latest/meta-data/',
  'https://10.0.0.1/',
  'https://2852039166/',
  'https://0x7f.1/',
  'https://[::ffff:10.0.0.1]/',
  'https://[fd00:ec2::254]/',
])('a deployed platform does not ask %s', async (inner) => {
  const answer = await new HookSender('public').post(inner, {}, '{}')
  expect(answer).toEqual({
    fault: expect.stringMatching(
      /is no address of the internet|https URLs of other machines|leads to this machine/,
    ),
  })
})

test.each([
  ['an inner address', [{ address: '10.0.0.7', family: 4 }], '10.0.0.7'],
  [
    'one beside a public one',
    [
      { address: '8.8.8.8', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ],
    '127.0.0.1',
  ],
])('a deployed platform does not connect where a name stands for %s', async (_, addresses, odd) => {
  const resolve = ((_name: string, _options: object, done: (error: null, found: object[]) => void) =>
    done(null, addresses)) as unknown as typeof lookup
  const answer = await new HookSender('public', resolve).post('https://hooks.example.com/', {}, '{}')
  expect(answer).toEqual({
    fault: `there was no answer: it leads to ${odd}, which is no address of the internet`,
  })
})
