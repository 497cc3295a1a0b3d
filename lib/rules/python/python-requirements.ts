import { type Finding, Problem, shown } from '../problem.ts'
import { logicalLines } from './requirements-file.ts'
import type { SklearnFacts } from './sklearn-artifact.ts'

/** The file of a release that names the packages it needs. */
export const requirementsFile = 'requirements.txt'

/** It stands in the version's record, beside up to 150 KB of files: an item of DynamoDB has at most 400 KB. */
const mostCharacters = 100_000

/** A package with its extras (PEP 508 names), its versions (PEP 440), and a marker of the machine it is for. */
const packageLine =
  /^[A-Za-z0-9](?:[\w.-]{0,98}[A-Za-z0-9])? ?(?:\[[\w., -]{0,200}\])? ?(?:\(? ?(?:~=|===?|!=|<=?|>=?) ?[\w.*+!-]{1,64}(?: ?, ?(?:~=|===?|!=|<=?|>=?) ?[\w.*+!-]{1,64}){0,9} ?\)?)? ?(?:;[\w .'"()]{1,100}(?:[=<>!~]=|[<>]|\bin\b)[\w .'"<>=!~(),-]{1,300})?$/
const hashOption = /\s--hash[=\s](?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})(?=\s|$)/g

/** What a line is refused for, by how it looks. */
const refusals: readonly (readonly [RegExp, string])[] = [
  [/\$\{?\w/, 'an environment variable'],
  [/^(?:-e|--editable)\b/, 'a folder in place of a package'],
  [/^(?:-r|--requirement|-c|--constraint)\b/, 'another file'],
  [/^(?:-i|--index-url|--extra-index-url|-f|--find-links|--no-index|--trusted-host)\b/, 'another index'],
  [/^--?\w/, 'an option'],
  [/:\/\/|^git\+|@/, 'a URL'],
  [/^\.|[/\\]|\.(?:whl|zip|tar\.gz)$/, 'a path'],
]

/**
 * Check a requirements file line by line: packages with their versions, extras, markers and hashes; nothing that makes
 * an installer read another place. @param file its name, for the sentence. @returns the text unchanged. @throws Problem `requirements-malformed` with every
 * line that is wrong
 */
export function checkedRequirements(text: string, file = requirementsFile): string {
  if (text.length > mostCharacters)
    throw malformed(file, [
      { pointer: '', found: `${text.length} characters`, allowed: `at most ${mostCharacters}`, line: 1 },
    ])
  const errors = logicalLines(text).flatMap(({ number: line, text: content }): Finding[] => {
    const fault = faultOf(content.replaceAll(hashOption, '').replaceAll(/\s+/g, ' ').trim())
    return fault === undefined
      ? []
      : [{ pointer: '', found: fault, allowed: 'a package with its versions, for example numpy>=2,<3', line }]
  })
  if (errors.length > 0) throw malformed(file, errors)
  return text
}

/** What is wrong with a line, its hashes gone and its spaces single. */
function faultOf(line: string): string | undefined {
  const reason = refusals.find(([pattern]) => pattern.test(line))?.[1]
  if (reason !== undefined) return `${shown(line)}, which is ${reason}`
  return line === '' || packageLine.test(line) ? undefined : shown(line)
}

/** The requirements of a file with a scikit-learn model, where the release brings none: sorted lines. */
export function sklearnRequirements(entry: string, facts: SklearnFacts | undefined): string {
  const version = facts?.scikitLearnVersion
  const lines = [
    version === undefined ? 'scikit-learn' : `scikit-learn==${version}`,
    ...(entry.endsWith('.skops') ? ['skops'] : []),
    ...(facts?.usesDataFrames ? ['pandas'] : []),
  ]
  return `${lines.toSorted().join('\n')}\n`
}

function malformed(file: string, errors: readonly Finding[]): Problem {
  const places = errors.map(({ line }) => line).slice(0, 10)
  return new Problem(
    'requirements-malformed',
    `${file} holds what is no package with its versions in line${errors.length === 1 ? '' : 's'} ` +
      `${places.join(', ')}${errors.length > places.length ? ', …' : ''}: ${errors[0]?.found}`,
    errors,
  )
}
