import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { answers } from '../answers.ts'
import { until } from '../until.ts'
import { freePort } from './ministack.ts'
import { pythonWith } from './python-with.ts'

const moto = 'moto[server,s3,dynamodb]==5.2.5'

/** A second emulator of AWS, written by others than the first: where both agree with us, chance is a poor explanation. */
export async function startMoto(): Promise<{ readonly endpoint: string; stop(): Promise<void> }> {
  const python = await pythonWith('moto', [moto])
  const port = await freePort()
  const child = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
  })
  const ended = once(child, 'exit')
  const endpoint = `http://127.0.0.1:${port}`
  await until('moto answers', () => answers(`${endpoint}/moto-api/data.json`), 60_000)
  return {
    endpoint,
    stop: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
