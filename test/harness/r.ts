import { execFileSync } from 'node:child_process'

/** Why nothing of R can be tested here: undefined where it can. @throws Error in CI, where it must be */
export const noR = lackOfR()

function lackOfR(): string | undefined {
  try {
    execFileSync(
      'Rscript',
      ['--vanilla', '-e', 'library(httpuv); library(jsonlite); library(ranger); library(mgcv)'],
      {
        stdio: 'ignore',
      },
    )
    return undefined
  } catch {
    const why = 'the r runtime is not tested: there is no Rscript with httpuv, jsonlite, ranger and mgcv here'
    if (process.env['CI']) throw new Error(why)
    process.stderr.write(`${why}\n`)
    return why
  }
}
