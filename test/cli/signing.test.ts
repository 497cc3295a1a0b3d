import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { sluiceRun } from './command.ts'
import { type Functions, functions, type Gateway, gatewayTo } from './deployed.ts'
import { emulatorOrReason } from './emulator-or-reason.ts'

const emulator = await emulatorOrReason()
afterAll(() => emulator?.stop())
const onEmulator = emulator === undefined ? describe.skip : describe

onEmulator('a deployed platform, behind a gateway that checks every signature', () => {
  let behind: Functions
  let gateway: Gateway
  beforeAll(async () => {
    behind = await functions()
    behind.store = 's3://predictions'
    if (emulator !== undefined) gateway = await gatewayTo(emulator, behind.url)
  }, 60_000)
  afterAll(() => behind.close())

  /** Run a verb as somebody who may call, or with other keys. */
  const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    sluiceRun(['--platform', gateway.url, ...args], {
      env: { ...emulator?.environment, ...gateway.caller, ...env },
    })

  test('answers a caller with the right keys, whatever the path, the query and the body hold', async () => {
    const ran = await Promise.all([
      run(['list', '--json']),
      run(['history', 'iris', '--at', '2026-03-01T10:00:00+02:00', '--json']),
      run(['invoke', 'iris', '--version', '^1.2', '--data', '{"x": "süß & 1+1"}', '--json']),
      run(['invoke', 'iris', '--version', '~1.2.3', '--data', '{"x": 1}', '--json']),
    ])
    expect(ran.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      ran.map(() => ({ code: 0, stderr: '' })),
    )
    expect(ran[1]?.json).toMatchObject({ at: '2026-03-01T10:00:00+02:00' })
    expect(behind.asked).toContainEqual(
      expect.objectContaining({ method: 'POST', body: '{"x": "süß & 1+1"}' }),
    )
  })

  test('refuses a wrong secret, and the command says who asked and where to look', async () => {
    const before = behind.asked.length
    const [json, prose] = await Promise.all([
      run(['list', '--json'], { AWS_SECRET_ACCESS_KEY: 'wrong' }),
      run(['list'], { AWS_SECRET_ACCESS_KEY: 'wrong' }),
    ])
    expect([json.code, prose.code]).toEqual([1, 1])
    expect(json.json).toMatchObject({ code: 'access-refused', status: 403 })
    expect(prose.stderr).toMatch(
      /answered 403 .*access key AKIA\w+, signing for us-east-1.*aws sts get-caller-identity/,
    )
    expect(prose.stdout).toBe('')
    expect(behind.asked).toHaveLength(before)
  })

  test('refuses a caller whom IAM gives no right', async () => {
    const { code, json } = await run(['list', '--json'], { ...gateway.nobody })
    expect(code).toBe(1)
    expect(json).toMatchObject({
      code: 'access-refused',
      detail: expect.stringMatching(/execute-api:Invoke/),
    })
  })

  test('is not asked by a caller without credentials, who is told where they were looked for', async () => {
    const nowhere = {
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_PROFILE: 'work',
      AWS_CONFIG_FILE: '/nowhere',
      AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
      AWS_EC2_METADATA_DISABLED: 'true',
    }
    const { code, json } = await run(['list', '--json'], nowhere)
    expect(code).toBe(1)
    expect(json).toMatchObject({
      code: 'access-refused',
      detail: expect.stringMatching(/no AWS_ACCESS_KEY_ID.*profile 'work'.*aws sso login/),
    })
  })
})
