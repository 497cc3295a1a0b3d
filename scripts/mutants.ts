/**
 * Invert the decisions that the demo rests on, one at a time, in a copy of the repository, and see the demo or the tests
 * fail: `npm run mutants`, or `npm run mutants -- verdict` for some. Ends with a table, and with 1 where a mutant survives.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Mutant {
  readonly rule: string
  readonly file: string
  readonly found: string
  readonly instead: string
}

const mutants: readonly Mutant[] = [
  {
    rule: 'verdict: harm is not seen',
    file: 'lib/rules/verdict.ts',
    found: 'if (overLimit && errorEvidence >= 1 / falseRollbackBound)',
    instead: 'if (overLimit && errorEvidence < 0)',
  },
  {
    rule: 'verdict: everything is harm',
    file: 'lib/rules/verdict.ts',
    found: 'if (overLimit && errorEvidence >= 1 / falseRollbackBound)',
    instead: 'if (errorEvidence >= 0)',
  },
  {
    rule: 'verdict: never advances',
    file: 'lib/rules/verdict.ts',
    found: "return drawn('advance', rates)",
    instead: "return held('never')",
  },
  {
    rule: 'verdict: advances before the bake time is over',
    file: 'lib/rules/verdict.ts',
    found: 'if (now < bakeEndsAt) return held(',
    instead: 'if (now < 0) return held(',
  },
  {
    rule: 'verdict: whose errors they are is turned round',
    file: 'lib/rules/verdict.ts',
    found: 'logLikelihoodRatio(failures(canary), failures(stable), share, worse)',
    instead: 'logLikelihoodRatio(failures(stable), failures(canary), share, worse)',
  },
  {
    rule: 'verdict: an unreadable counter promotes',
    file: 'lib/rules/verdict.ts',
    found: "decision: late ? 'rollback' : 'hold',",
    instead: "decision: 'advance',",
  },
  {
    rule: 'verdict: too few promote',
    file: 'lib/rules/verdict.ts',
    found: 'if (seen < limits.minRequests)',
    instead: 'if (seen < 0)',
  },
  {
    rule: 'routing: the weight is inverted',
    file: 'lib/rules/routing.ts',
    found: 'draw < weightPercent / 100',
    instead: 'draw >= weightPercent / 100',
  },
  {
    rule: 'routing: the canary gets nothing',
    file: 'lib/rules/routing.ts',
    found: 'draw < weightPercent / 100',
    instead: 'draw < 0',
  },
  {
    rule: 'ranges: the lowest wins',
    file: 'lib/rules/version-range.ts',
    found: 'semver.maxSatisfying(',
    instead: 'semver.minSatisfying(',
  },
  {
    rule: 'alias move: a rejected version stays accepted',
    file: 'lib/rules/alias-move.ts',
    found: 'accepted.filter((version) => !rejected.includes(version))',
    instead: 'accepted.filter(() => rejected.length >= 0)',
  },
  {
    rule: 'alias move: a promoted version is not accepted',
    file: 'lib/rules/alias-move.ts',
    found: 'of.alias === liveAlias ? accept(record.accepted, of.version) : record.accepted',
    instead: 'record.accepted',
  },
  {
    rule: 'alias move: a rollback forgets where it came from',
    file: 'lib/rules/alias-move.ts',
    found: 'const previous = before?.stable === of.version ? before.previous : before?.stable',
    instead: 'const previous = before?.previous',
  },
  {
    rule: 'alias move: the canary keeps its traffic',
    file: 'lib/rules/alias-move.ts',
    found: 'if (alias?.canary === undefined || alias.canary.rollout !== of.rollout) return undefined',
    instead: 'if (alias !== undefined) return undefined',
  },
  {
    rule: 'golden check: everything is as expected',
    file: 'lib/rules/golden.ts',
    found: '  return findings\n}',
    instead: '  return []\n}',
  },
  {
    rule: 'golden check: nothing is as expected',
    file: 'lib/rules/golden.ts',
    found: 'if (!(off <= tolerance',
    instead: 'if ((off <= tolerance',
  },
  {
    rule: 'claim: a version may be claimed twice',
    file: 'local/sqlite-registry.ts',
    found: "standing.state !== 'FAILED' || standing.owner === version.owner",
    instead: 'standing.owner === version.owner',
  },
  {
    rule: 'commit: the revision is not looked at',
    file: 'local/sqlite-registry.ts',
    found: 'require((seen?.rev ?? 0) === rev - 1)',
    instead: 'require((seen?.rev ?? 0) >= 0)',
  },
  {
    rule: 'promotion: the plan of a person is ignored',
    file: 'lib/rules/promotion-plan.ts',
    found: 'rollout: asked.rollout ?? release?.rollout ?? defaultRollout',
    instead: "rollout: { kind: 'all-at-once' }",
  },
  {
    rule: 'audit: entries are not chained',
    file: 'lib/rules/audit.ts',
    found: '    before: record.head,',
    instead: "    before: '',",
  },
  {
    rule: 'intake: what was released is released again',
    file: 'lib/rules/intake.ts',
    found: "if (version.state === 'CREATING' || version.upload === upload) return { action: 'ignore' }",
    instead: "if (version.state === 'CREATING') return { action: 'ignore' }",
  },
  {
    rule: 'validation: requests are not held to the signature',
    file: 'lib/rules/request-validation.ts',
    found: '!holds(record)',
    instead: 'holds === undefined',
  },
  {
    rule: 'outcome: failures are not counted',
    file: 'lib/rules/outcome.ts',
    found: 'return code !== undefined && versionsOwn.has(code)',
    instead: 'return code === undefined && versionsOwn.size < 0',
  },
  {
    rule: 'truth: another image than ours will do',
    file: 'lambdas/endpoint-truth.ts',
    found: 'if (truth.digest !== image?.digest)',
    instead: 'if (truth.digest === undefined)',
  },
  {
    rule: 'path: dot segments are let in',
    file: 'lib/rules/request-path.ts',
    found: "const dotted = segments.some((part) => part === '.' || part === '..')",
    instead: 'const dotted = false',
  },
]

const repository = join(import.meta.dirname, '..')
const sources = ['bin', 'cli', 'lambdas', 'lib', 'local', 'test', 'scripts', 'examples', 'docs']
const linked = [
  'node_modules',
  'model-templates',
  'package.json',
  'package-lock.json',
  'jest.config.js',
  'README.md',
]

/** What kills a mutant; undefined where it survives. Without a mutant: what is wrong with the repository as it stands. */
function killerOf(mutant: Mutant | undefined): string | undefined {
  const copy = mkdtempSync(join(tmpdir(), 'sluice-mutant-'))
  try {
    for (const folder of sources) cpSync(join(repository, folder), join(copy, folder), { recursive: true })
    for (const name of linked) symlinkSync(join(repository, name), join(copy, name))
    if (mutant !== undefined) plant(mutant, copy)
    const demo = spawnSync(process.execPath, ['bin/sluice.js', 'demo', '--json'], options(copy, 45_000))
    if (demo.status !== 0) return `demo: ${reasonOf(String(demo.stdout)) ?? 'did not end'}`
    const jest = [
      '--experimental-vm-modules',
      'node_modules/jest/bin/jest.js',
      '--bail',
      'test/rules',
      'test/ports',
      'test/serving',
      'test/control',
      'test/journeys',
    ]
    const tests = spawnSync(process.execPath, jest, options(copy, 180_000))
    return tests.status === 0 ? undefined : `test: ${/● (.*)/.exec(String(tests.stderr))?.[1] ?? 'failed'}`
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

function plant({ file, found, instead }: Mutant, copy: string): void {
  const source = readFileSync(join(copy, file), 'utf8')
  if (source.split(found).length !== 2) throw new Error(`${file} does not hold once: ${found}`)
  writeFileSync(join(copy, file), source.replace(found, instead))
}

function options(cwd: string, timeout: number) {
  return {
    cwd,
    timeout,
    killSignal: 'SIGKILL' as const,
    encoding: 'utf8' as const,
    env: { ...process.env, CDK_VALIDATION: 'false' },
  }
}

function reasonOf(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { detail: string }).detail
  } catch {
    return undefined
  }
}

const fault = killerOf(undefined)
if (fault !== undefined)
  throw new Error(`nothing can be said of mutants while the repository itself fails: ${fault}`)
const [asked = ''] = process.argv.slice(2)
const tried = mutants.filter(({ rule }) => rule.includes(asked))
let survivors = 0
for (const mutant of tried) {
  const killer = killerOf(mutant)
  if (killer === undefined) survivors += 1
  console.log(
    `${killer === undefined ? 'SURVIVED' : 'killed  '} ${mutant.rule.padEnd(58)} ${killer ?? ''}`.slice(
      0,
      200,
    ),
  )
}
console.log(`${tried.length - survivors} killed, ${survivors} survived`)
process.exitCode = survivors === 0 ? 0 : 1
