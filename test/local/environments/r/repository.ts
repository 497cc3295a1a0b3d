import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A package made here: its version, what it imports, and its code. */
interface OwnPackage {
  readonly name: string
  readonly version: string
  readonly imports?: readonly string[]
  readonly code?: string
  /** It is an older version, which lies in the archive. */
  readonly archived?: true
}

/** A repository as CRAN is one, of packages made here. @returns its address */
export async function repositoryOf(folder: string, packages: readonly OwnPackage[]): Promise<string> {
  const contrib = join(folder, 'src', 'contrib')
  await mkdir(contrib, { recursive: true })
  for (const one of packages) {
    const into = one.archived ? join(contrib, 'Archive', one.name) : contrib
    await mkdir(into, { recursive: true })
    await build(one, join(folder, `source-${one.version}`), into)
  }
  await run('Rscript', ['--vanilla', '-e', `tools::write_PACKAGES("${contrib}", type = "source")`])
  return `file://${folder}`
}

async function build({ name, version, imports = [], code = '' }: OwnPackage, source: string, into: string) {
  const place = join(source, name)
  await mkdir(join(place, 'R'), { recursive: true })
  const needs = imports.length > 0 ? `Imports: ${imports.join(', ')}\n` : ''
  const fields = `Package: ${name}\nVersion: ${version}\nTitle: For a Test\nDescription: For a test.\nLicense: MIT\nAuthor: A\nMaintainer: A <a@example.org>\n${needs}`
  await writeFile(join(place, 'DESCRIPTION'), fields)
  await writeFile(join(place, 'NAMESPACE'), 'exportPattern("^[a-z]")\n')
  await writeFile(join(place, 'R', 'code.R'), `${code || `version_of_it <- function() "${version}"`}\n`)
  await run('tar', ['-czf', join(into, `${name}_${version}.tar.gz`), '-C', source, name])
}
