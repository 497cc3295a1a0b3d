import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr'
import { beforeAll, expect, test } from '@jest/globals'
import type { Operation } from '../../../lib/rules/operation.ts'
import type { Engine } from '../containers/engine.ts'
import { imageHost } from '../emulator/registry-door.ts'
import { until } from '../until.ts'
import type { Travels } from './travels.ts'

/** A server that nobody wrote for Sluice: on a path and a port of its own, it says what it was sent. */
const server = `
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
createServer(async (request, response) => {
  const weight = Number(readFileSync(process.env.MODEL_DIR + '/weight.txt', 'utf8'))
  if (request.url === '/health-check') return response.end()
  if (request.url !== '/predictions') return response.writeHead(404).end()
  const { x, status = 200 } = JSON.parse(await text(request))
  const { 'content-type': type, accept } = request.headers
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify({ y: x * weight, accept }))
}).listen(9080)
`
// The emulator calls a function at 8080, and says on behalf of every function that its server is at 9080.
const container = { serverPort: 9080, predictEndpoint: '/predictions', readinessEndpoint: '/health-check' }
const host = { architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64' }
const named = 'sluice/images/times'
const base = 'FROM public.ecr.aws/docker/library/node:24-slim'
const dockerfile = [base, 'COPY server.mjs /server.mjs', 'CMD ["node", "/server.mjs"]', ''].join('\n')

/** An image that was built elsewhere, and pushed to where the platform may read: released, and asked; and one that lies elsewhere. */
export function foreignJourney(here: () => Travels, engine: () => Engine, patienceMs: number): void {
  const details = (model: string) =>
    here().read<{ state: string; image: string; operation: string }>(`/models/${model}/versions/1.0.0`)
  const operationOf = async (model: string) =>
    here().read<Operation>(`/operations/${(await details(model)).operation}`)

  beforeAll(async () => {
    await new ECRClient(here().platform.place.client).send(
      new CreateRepositoryCommand({ repositoryName: named }),
    )
    await push(engine(), `${imageHost}/${named}:1`)
    const files = {
      'weight.txt': '3',
      'one.json': '{"x":2}',
      'one.expected.json': '{"y":6}',
    }
    const examples = [{ request: 'one.json', expect: 'one.expected.json' }]
    await here().putRelease('times', '1.0.0', files, {
      image: `${imageHost}/${named}:1`,
      container,
      host,
      examples,
    })
    const context = { ...files, 'server.mjs': server }
    await here().putRelease(
      'built',
      '1.0.0',
      { ...context, Dockerfile: dockerfile },
      { container, host, examples },
    )
    const broken = `${base}\nRUN ls /nowhere\n`
    await here().putRelease('broken', '1.0.0', { ...context, Dockerfile: broken }, { container, host })
    await here().putRelease('away', '1.0.0', {}, { image: 'ghcr.io/team/churn:1', host })
  }, patienceMs)

  test(
    'releases an image that was built elsewhere, and passes on what it is sent and answers',
    async () => {
      await here().ready('times', '1.0.0', patienceMs)
      const { progress } = await operationOf('times')
      const told = progress.map(({ text }) => text).join('\n')
      expect(told).toMatch(
        new RegExp(`packed image sha256:\\w+ of ${imageHost}/${named}@sha256:[0-9a-f]{64}`),
      )
      const answer = await here().ask('times/versions/1.0.0', { x: 5 })
      expect([answer.status, JSON.parse(answer.body)]).toMatchObject([200, { y: 15 }])
      expect(await here().ask('times/versions/1.0.0', { x: 1, status: 415 })).toMatchObject({ status: 422 })
    },
    patienceMs,
  )

  test(
    'builds a Dockerfile, and serves what it makes in the same way',
    async () => {
      await here().ready('built', '1.0.0', patienceMs)
      const { progress } = await operationOf('built')
      expect(progress.map(({ text }) => text).join('\n')).toMatch(
        /building the image of the Dockerfile[\s\S]*as expected/,
      )
      expect(JSON.parse((await here().ask('built/versions/1.0.0', { x: 7 })).body)).toMatchObject({ y: 21 })
    },
    patienceMs,
  )

  test(
    'says which line of a Dockerfile failed, and why',
    async () => {
      await until('it has failed', async () => (await details('broken')).state === 'FAILED', patienceMs)
      const { problem } = await operationOf('broken')
      expect([problem?.code, problem?.detail]).toEqual([
        'image-build-failed',
        expect.stringMatching(/^line 2 of the Dockerfile failed \(RUN ls \/nowhere\): /),
      ])
      expect(problem?.errors?.[0]).toMatchObject({ line: 2, found: expect.stringContaining('No such file') })
    },
    patienceMs,
  )

  test(
    'says of an image that lies elsewhere where to push it',
    async () => {
      await until('it has failed', async () => (await details('away')).state === 'FAILED', patienceMs)
      const { problem } = await operationOf('away')
      expect([problem?.code, problem?.detail]).toEqual([
        'image-unavailable',
        expect.stringContaining(`push it to ${imageHost}/sluice/images/NAME, and name that`),
      ])
    },
    patienceMs,
  )
}

async function push(engine: Engine, name: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-foreign-'))
  try {
    await writeFile(join(folder, 'server.mjs'), server)
    await writeFile(join(folder, 'Dockerfile'), dockerfile)
    await engine.docker('build', '--quiet', '--tag', name, folder)
    await engine.docker('push', '--quiet', name)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
