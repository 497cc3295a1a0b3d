import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { homeWord } from '../../local/docker/home-word.ts'
import { type Engine, startEngine } from '../harness/containers/engine.ts'
import { goProgram } from '../harness/containers/go-program.ts'
import { Stage, whole } from '../journeys/stage.ts'
import { buildTime, whereContainersRun } from './where-containers-run.ts'

const source = join(import.meta.dirname, '..', 'fixtures', 'foreign-server', 'main.go')

whereContainersRun('a Dockerfile that is dropped into the store of a laptop', () => {
  let engine: Engine
  let stage: Stage
  let content: Record<string, string | Uint8Array>
  beforeAll(async () => {
    engine = await startEngine()
    const server = await readFile(await goProgram(source))
    const dockerfile = 'FROM scratch\nCOPY server /server\nUSER 1000:1000\nENTRYPOINT ["/server"]\n'
    content = { Dockerfile: dockerfile, server, 'one.txt': 'a cat', 'one.expected.txt': 'a cat' }
    stage = await Stage.open()
  }, buildTime)
  afterAll(async () => {
    const word = homeWord({ root: stage.home })
    await stage.stop()
    expect(await engine.docker('ps', '--all', '--quiet', `--filter=label=sluice.home=${word}`)).toBe('')
    const images = await engine.docker('images', '--quiet', `--filter=reference=sluice/${word}/*`)
    if (images !== '') await engine.docker('rmi', '--force', ...new Set(images.split('\n')))
    await stage.close()
    await engine.stop()
  })

  test(
    'is built, proven, served as it is, and served again after a restart',
    async () => {
      await stage.drop(
        'echo',
        '1.0.0',
        whole(content, 'examples: [{request: one.txt, expect: one.expected.txt}]\n'),
      )
      const { state, progress } = await stage.ended('release', 'echo', '1.0.0', 0, 120_000)
      expect([state, progress.map(({ text }) => text).join('\n')]).toEqual([
        'succeeded',
        expect.stringMatching(/building the image[\s\S]*answered 1 example as expected/),
      ])
      await stage.serves('echo', '1.0.0')
      const asked = () => stage.client.invoke('echo', '', 'a dog', 'text/plain')
      expect(await asked()).toMatchObject({ status: 200, body: 'a dog' })
      const refused = await stage.client.invoke('echo', '', 'status 415', 'text/plain')
      expect(refused).toMatchObject({
        status: 422,
        body: expect.stringMatching(/"code":"request-invalid".*with 415: it is 415/),
      })
      await stage.stop()
      await stage.start()
      expect(await asked()).toMatchObject({ status: 200, body: 'a dog' })
    },
    buildTime,
  )

  test(
    'is refused by the line that cannot be built, and nothing is served',
    async () => {
      await stage.drop('broken', '1.0.0', whole({ ...content, Dockerfile: 'FROM scratch\nCOPY nothing /\n' }))
      const { state, problem } = await stage.ended('release', 'broken', '1.0.0', 0, 120_000)
      expect(state).toBe('failed')
      expect(problem).toMatchObject({ code: 'image-build-failed', errors: [{ line: 2 }] })
    },
    buildTime,
  )
})
