import { type Emulator, startEmulator } from '../harness/emulator/ministack.ts'

/**
 * An emulator that checks every signature and every right, or undefined where there is no Python to run one: then one
 * line says why, and its tests are skipped. Where CI is set, they fail.
 */
export async function emulatorOrReason(): Promise<Emulator | undefined> {
  try {
    return await startEmulator({ AUTH: 'true' })
  } catch (error) {
    if (process.env['CI'] !== undefined) throw error
    const [reason] = String(error).split('\n')
    process.stderr.write(`no emulator of AWS, so its tests are skipped: ${reason}\n`)
    return undefined
  }
}
