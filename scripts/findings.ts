/**
 * What two independent reviewers find in the synthesized platform: CloudFormation's own validator and cdk-nag with its
 * packs for solutions and for serverless ones. `npm run findings` writes docs/findings.md.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag'
import { platformApp } from '../lib/platform-app.ts'

interface Report {
  readonly pluginReports: readonly {
    readonly pluginName: string
    readonly violations: readonly {
      readonly ruleName: string
      readonly description: string
      readonly severity: string
      readonly violatingConstructs: readonly { readonly constructPath: string }[]
    }[]
  }[]
}

interface Finding {
  readonly reviewer: string
  readonly rule: string
  readonly severity: string
  readonly description: string
  readonly places: Set<string>
}

/** Findings by rule: one that is found of many wildcards is one finding in many places. */
function byRule({ pluginReports }: Report): Finding[] {
  const findings = new Map<string, Finding>()
  for (const { pluginName, violations } of pluginReports)
    for (const { ruleName, description, severity, violatingConstructs } of violations) {
      const rule = ruleName.replace(/\[.*$/, '')
      const known = findings.get(rule) ?? {
        reviewer: pluginName,
        rule,
        severity,
        description,
        places: new Set(),
      }
      for (const { constructPath } of violatingConstructs) known.places.add(constructPath)
      findings.set(rule, known)
    }
  return [...findings.values()].toSorted((a, b) => (a.rule < b.rule ? -1 : 1))
}

const outdir = mkdtempSync(join(tmpdir(), 'sluice-findings-'))
const app = platformApp({ outdir, analyticsReporting: false, builtinCloudFormationValidation: true })
Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app))
// The reviewers print all they find, line by line; the report holds the same.
const { log, error } = console
console.log = () => {}
console.error = () => {}
try {
  app.synth()
} catch (failure) {
  // To find something is to fail, and what was found is the report.
  if (!(Error.isError(failure) && failure.message.startsWith('Validation failed'))) throw failure
}
console.log = log
console.error = error
const report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8')) as Report
rmSync(outdir, { recursive: true })
process.exitCode = 0

const findings = byRule(report)
const packs = ['AwsSolutions', 'Serverless']
const found = (isTheirs: (name: string) => boolean) =>
  report.pluginReports
    .filter(({ pluginName }) => isTheirs(pluginName))
    .reduce((sum, { violations }) => sum + violations.length, 0)
const counts = [
  `CloudFormation's own: ${found((name) => !packs.includes(name))}`,
  ...packs.map((pack) => `${pack}: ${found((name) => name === pack)}`),
]
const rows = findings.map(
  ({ reviewer, rule, severity, description, places }) =>
    `| ${rule} | ${reviewer} | ${severity} | ${places.size} | ${description} |`,
)
const text = `# What reviewers find in the stack

Written by \`npm run findings\` over the synthesized platform: CloudFormation's own validator, and cdk-nag with its packs
AwsSolutions and Serverless. Findings: ${counts.join(', ')}. None is silenced; they are closed, or answered one by
one, where the stack becomes a product.

| rule | reviewer | severity | places | what it says |
| --- | --- | --- | ---: | --- |
${rows.join('\n')}
`
writeFileSync(join(import.meta.dirname, '..', 'docs', 'findings.md'), text)
console.log(text)
