import { Problem } from '../problem.ts'

/**
 * What it means that install.R of the r runtime did not bring together what it was asked for, in an image: there nobody
 * installs a package of Debian's by hand.
 * @param said what it wrote, with what others wrote around it
 * @returns a Problem `environment-failed`; undefined where it gave no reason of its own
 */
export function refusalOfInstaller(said: string): Problem | undefined {
  const [, reason] = /^sluice: (.+)$/m.exec(said) ?? []
  if (reason === undefined) return undefined
  return new Problem('environment-failed', reason.replace(/; on Debian and Ubuntu also by apt-get .*$/, ''))
}
