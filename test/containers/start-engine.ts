import { type Engine, missing, startEngine } from '../harness/containers/engine.ts'

export let engine: Engine | undefined

/** What tests take beside an engine. Without the last two some of them are skipped. */
const programs = ['cargo', 'python3', 'debootstrap', 'chroot']

/**
 * One engine for all the tests of a run, so that they share its images: they find it by DOCKER_HOST. Where there can be
 * none, that is said once and the tests are skipped; a machine that judges may not skip them.
 */
export default async function start(): Promise<void> {
  const why = await missing(...(process.env['CI'] ? programs : programs.slice(0, 2)))
  if (why !== undefined) {
    if (process.env['CI']) throw new Error(`containers cannot be run here: ${why}`)
    process.stderr.write(`Tests with containers are skipped: ${why}.\n`)
    return
  }
  engine = await startEngine()
  process.env['DOCKER_HOST'] = engine.host
}
