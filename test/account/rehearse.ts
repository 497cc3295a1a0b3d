/** `npm run test:account` with the emulator as the account: what it will do on AWS, as far as an emulator can play it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Account } from '../emulator/account.ts'
import prepare from '../emulator/prepare.ts'
import { emulated } from '../harness/emulator/ministack.ts'

await prepare()
const account = await Account.open()
try {
  const child = spawn('npm', ['run', '--silent', 'test:account', '--', ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: {
      ...process.env,
      ...account.emulator.environment,
      SLUICE_ACCOUNT: emulated.account,
      SLUICE_ACCOUNT_BOOTSTRAP: 'yes',
    },
  })
  const [code] = await once(child, 'exit')
  process.exitCode = code ?? 1
} finally {
  await account.close()
}
