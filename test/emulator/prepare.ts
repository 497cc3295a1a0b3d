import { adapterBinary } from '../harness/containers/adapter-image.ts'
import { missing } from '../harness/containers/engine.ts'
import { runtimeInterfaceEmulator } from '../harness/containers/runtime-interface-emulator.ts'
import { installEmulator } from '../harness/emulator/ministack.ts'

/** What takes minutes the first time is done before any test is timed, and said. */
export default async function prepare(): Promise<void> {
  const say = (line: string) => process.stderr.write(`${line}\n`)
  try {
    await installEmulator()
  } catch (error) {
    // Nothing here can run without it, and the tests say so one by one.
    throw new Error(`the emulator of AWS cannot be installed here: ${String(error).split('\n')[0]}`)
  }
  const why = await missing('cargo', 'python3', 'ip')
  if (why !== undefined) {
    if (process.env['CI']) throw new Error(`model functions cannot be run here: ${why}`)
    say(`Tests with model functions are skipped: ${why}.`)
    return
  }
  say('preparing the Lambda Web Adapter and the Runtime Interface Emulator (minutes, once a checkout) …')
  await Promise.all([adapterBinary(), runtimeInterfaceEmulator()])
}
