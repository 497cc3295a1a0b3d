import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { announcement, mostExpensive } from '../account/announcement.ts'
import { consentTo } from '../account/consent.ts'
import { doorNames, doorsOf } from '../account/doors.ts'

/** STS, whose credentials are of account 111122223333; what else is asked is written down. */
const asked: string[] = []
const sts = createServer(async (request, response) => {
  asked.push((await request.toArray()).join(''))
  response.end('<GetCallerIdentityResult><Account>111122223333</Account></GetCallerIdentityResult>')
})
let endpoint = ''
const { AWS_REGION } = process.env

beforeAll(async () => {
  process.env['AWS_REGION'] = 'us-east-1'
  await once(sts.listen(0, '127.0.0.1'), 'listening')
  endpoint = `http://127.0.0.1:${(sts.address() as AddressInfo).port}`
})
afterAll(() => {
  if (AWS_REGION === undefined) delete process.env['AWS_REGION']
  else process.env['AWS_REGION'] = AWS_REGION
  sts.close()
})

test('without a named account nothing is asked and nothing is made', async () => {
  for (const env of [{}, { SLUICE_ACCOUNT: '' }])
    expect(await consentTo({ ...env, AWS_ENDPOINT_URL: endpoint })).toEqual({
      refused: expect.stringContaining('SLUICE_ACCOUNT is not set: nothing was made'),
    })
  expect(asked).toEqual([])
})

test.each([
  ['the name of an account', { SLUICE_ACCOUNT: 'sandbox' }, "SLUICE_ACCOUNT is 'sandbox'"],
  ['eleven digits', { SLUICE_ACCOUNT: '11112222333' }, 'allowed are the 12 digits'],
  ['another account', { SLUICE_ACCOUNT: '111122223334' }, 'the credentials are of 111122223333'],
  [
    'an emulator elsewhere',
    { SLUICE_ACCOUNT: '111122223333', AWS_ENDPOINT_URL: 'https://aws.example.com' },
    'allowed is an emulator on this machine',
  ],
  [
    'a door that there is not',
    { SLUICE_ACCOUNT: '111122223333', SLUICE_ACCOUNT_DOORS: 'iam,jwt' },
    "names 'jwt'; allowed are iam, keys, rest",
  ],
])('%s is refused before anything is made', async (_, env, reason) => {
  await expect(consentTo({ AWS_ENDPOINT_URL: endpoint, ...env })).rejects.toThrow(reason)
  expect(asked.filter((body) => !body.includes('Action=GetCallerIdentity'))).toEqual([])
})

test('the account that was named is told what is made, for how much, and how to be rid of it', async () => {
  const visit = await consentTo({ SLUICE_ACCOUNT: '111122223333', AWS_ENDPOINT_URL: endpoint })
  if ('refused' in visit) throw new Error(visit.refused)
  expect(visit.name).toMatch(/^acct[a-z0-9]{4}$/)
  expect([visit.mayBootstrap, visit.mayUseInstances]).toEqual([false, false])
  const said = announcement(visit)
  expect(said).toContain(`SLUICE_ACCOUNT=111122223333 node test/account/clean.ts ${visit.name}`)
  expect(said).toContain(
    `at most ${mostExpensive({ doors: doorNames, mayUseInstances: false }).usd.toFixed(2)} USD`,
  )
})

test('the platforms of a visit have names of their own, and such that platforms may have', () => {
  const names = doorsOf('acctab12').map(({ platformName }) => platformName)
  expect(new Set(names).size).toBe(3)
  for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9]{1,11}$/)
})

test('the page says what the prices say', async () => {
  const page = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'first-account.md'), 'utf8')
  for (const doors of [['iam'], doorNames] as const)
    expect(page).toContain(`**${mostExpensive({ doors, mayUseInstances: false }).usd.toFixed(2)} USD**`)
})
