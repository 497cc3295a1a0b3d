import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from '@jest/globals'
import { jarOfFolder, javaServer, jdk } from './java-server.ts'
import { ownServerContract } from './own-server-contract.ts'

const minutes = 60_000
const suite = jdk === undefined ? describe.skip : describe

suite('the java runtime', () => {
  let folder: string
  let command: readonly [string, ...string[]]

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-test-'))
    const server = await javaServer(join(folder, 'home'))
    command = server.command
    await jarOfFolder(join(folder, 'echo', 'echo.jar'), 'echo')
    await jarOfFolder(join(folder, 'moody', 'moody.jar'), 'moody', {
      omit: ['moods/Gone'],
      files: { 'META-INF/services/sluice.Predictor': '# the one\nmoods.Moody\n' },
    })
  }, 5 * minutes)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  ownServerContract({
    command: () => command,
    echo: () => join(folder, 'echo'),
    echoEntry: 'echo.jar',
    moody: () => join(folder, 'moody'),
    moodyEntry: 'moody.jar',
    faults: [
      ['fail', 'Moods.java line 36: NullPointerException: Cannot invoke'],
      ['look away', 'Moods.java line 24: NoSuchFileException: weights.bin'],
      ['never stop', 'Moods.java line 40: StackOverflowError'],
      [
        'lack a class',
        'Moods.java line 50: the class moods.Gone is missing: put the jar that has it into lib/',
      ],
      ['read amiss', 'Moods.java line 28: IllegalStateException: the file w.bin is bad'],
      ['one too few', "the model's answer does not fit: the output prediction has 1 entries for 2 records"],
      ['nothing', "the model's answer does not fit: it returned null: return one entry a record"],
      ['one for all', "the model's answer does not fit: it returned a java.lang.Integer: return one entry"],
      ['a thread', "the model's answer does not fit: it holds a java.lang.Thread, which is no JSON"],
      ['go round', 'StackOverflowError'],
    ],
  })
})
