import { nearest } from '../../lib/rules/did-you-mean.ts'
import { Problem, shown } from '../../lib/rules/problem.ts'
import { type ProblemPage, problemPages } from '../../lib/rules/problem-pages.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'
import { table } from '../terminal/talk.ts'

/** The page of a problem's code, offline; without a code, all of them. */
export async function explain({ talk }: Context, code: string | undefined): Promise<ExitCode> {
  const pages: Readonly<Record<string, ProblemPage>> = problemPages
  const codes = Object.keys(pages)
  if (code === undefined) {
    const rows = codes.map((name) => [name, `${pages[name]?.status}`, pages[name]?.title ?? ''])
    talk.data({ pages }, table(['CODE', 'STATUS', 'TITLE'], rows))
    return exitCode.done
  }
  const page = Object.hasOwn(pages, code) ? pages[code] : undefined
  if (page === undefined) {
    const close = nearest(code, codes)
    throw new Problem(
      'usage',
      `there is no problem ${shown(code)}${close ? `, did you mean '${close}'?` : ''}; sluice explain lists all`,
    )
  }
  const { title, status, cause, mend } = page
  talk.data({ code, ...page }, `${code}: ${title} (HTTP ${status})\n\n${cause}\n\nWhat to do: ${mend}`)
  return exitCode.done
}
