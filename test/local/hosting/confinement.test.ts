import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { confinementHere } from '../../../local/hosting/confinement.ts'
import { temporaryFolder } from '../../harness/temporary-folder.ts'

const run = promisify(execFile)
const { openBecause, confined } = confinementHere()
if (openBecause !== undefined && process.env['CI'] !== undefined) throw new Error(openBecause)
const unlessOpen = openBecause === undefined ? describe : describe.skip
const folder = await temporaryFolder()

/** Connects to where it is told, and prints what came of it. */
const connecting = `
const socket = require('net').connect(JSON.parse(process.argv[1]))
socket.on('connect', () => { console.log('connected'); process.exit() })
socket.on('error', ({ code }) => console.log(code))`

unlessOpen('a confined process', () => {
  const socketPath = join(folder, 'socket')
  let servers: Server[]
  let port: number

  beforeAll(async () => {
    const onNetwork = createServer().listen(0, '127.0.0.1')
    servers = [onNetwork, createServer().listen(socketPath)]
    await Promise.all(servers.map((server) => once(server, 'listening')))
    port = (onNetwork.address() as { port: number }).port
  })
  afterAll(() => {
    for (const server of servers) server.close()
  })

  const connects = async ({ command, args }: { command: string; args: readonly string[] }, to: object) =>
    (await run(command, [...args, JSON.stringify(to)])).stdout.trim()
  const program = { command: process.execPath, args: ['-e', connecting] }

  test('reaches no network, not even that of this machine, as it does without', async () => {
    const to = { port, host: '127.0.0.1' }
    expect(await connects(program, to)).toBe('connected')
    expect(await connects(confined(program), to)).toBe('ENETUNREACH')
  })

  test('is reached by a socket in the file system', async () => {
    expect(await connects(confined(program), { path: socketPath })).toBe('connected')
  })

  test('has the id of the process that was started: it can be ended by it', async () => {
    const saying = { command: process.execPath, args: ['-e', 'console.log(process.pid)'] }
    const { command, args } = confined(saying)
    const running = run(command, [...args])
    expect(Number((await running).stdout)).toBe(running.child.pid)
  })
})
