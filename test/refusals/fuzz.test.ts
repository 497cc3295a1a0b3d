import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from '@jest/globals'

const script = join(import.meta.dirname, '..', '..', 'scripts', 'fuzz.ts')

test('2,000 inputs that nobody would send find nothing; `npm run fuzz` sends 200,000', async () => {
  const child = spawn(process.execPath, [script, '--seed', '1', '--count', '2000'])
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ])
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: expect.stringContaining('2000 inputs: 0 crashes, 0 5xx, 0 invalid problem documents, 0 leaks'),
    stderr: expect.not.stringContaining('Error'),
  })
}, 120_000)
