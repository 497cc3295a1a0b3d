/**
 * What independent reviewers find in the synthesized platform: CloudFormation's own validator, and cdk-nag with its
 * packs for solutions, for serverless ones and for NIST 800-53. `npm run findings` writes docs/findings.md.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks } from 'cdk-nag'
import type { IConstruct } from 'constructs'
import { platformApp } from '../lib/platform-app.ts'

export interface Finding {
  readonly pack: string
  /** As an acknowledgement names it: the rule, and for a right the one resource or action. */
  readonly id: string
  readonly severity: string
  readonly description: string
  /** Paths of the resources. */
  readonly places: readonly string[]
}

export interface Acknowledgement {
  readonly id: string
  readonly reason: string
  /** Path of the construct it was said of. */
  readonly at: string
}

/** What cdk-nag finds, or would find if nothing were acknowledged. */
export function findingsOf(scope: IConstruct, { deaf = false } = {}): Finding[] {
  return [AwsSolutionsChecks, ServerlessChecks, NIST80053R5Checks].flatMap((Checks) => {
    const checks = new Checks()
    if (deaf) Object.assign(checks, { isAcknowledged: () => false })
    return checks.validateScope(scope).violations.map(({ ruleName, severity, description, ...found }) => ({
      pack: checks.readPackName,
      id: ruleName,
      severity: severity ?? 'error',
      description,
      places: found.violatingResources.map(({ constructPath = '' }) => constructPath),
    }))
  })
}

export function acknowledgementsOf(scope: IConstruct): Acknowledgement[] {
  return scope.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, string>))
      .map(([id, reason]) => ({ id: id.replace(/^annotation::/i, ''), reason, at: node.path })),
  )
}

/** What CloudFormation's own validator says of an app. It synthesizes. */
export function validatorFindings(app: App): string[] {
  // The validator prints all it finds, line by line; the report holds the same.
  const { log, error } = console
  console.log = () => {}
  console.error = () => {}
  try {
    app.synth()
  } catch (failure) {
    // To find something is to fail, and what was found is the report.
    if (!(Error.isError(failure) && failure.message.startsWith('Validation failed'))) throw failure
  } finally {
    console.log = log
    console.error = error
  }
  const report = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8')) as {
    pluginReports: { violations: { ruleName: string; description: string }[] }[]
  }
  return report.pluginReports.flatMap(({ violations }) =>
    violations.map(({ ruleName, description }) => `${ruleName}: ${description}`),
  )
}

/** Findings that there were, and what closed them. */
export const closed: Readonly<Record<string, string>> = {
  'AwsSolutions-APIG1': 'the stage writes an access log',
  'Serverless-APIGWAccessLogging': 'the stage writes an access log',
  'Serverless-APIGWDefaultThrottling': 'the stage has a throttle of its own',
  'AwsSolutions-IAM4':
    "each function, machine and build has a role of the platform's own; none has a policy of AWS's",
  'AwsSolutions-IAM5[Action::': 'rights name their actions; only with `encryptionKey` two of them do not',
  'AwsSolutions-SF1':
    'machines log every event, without its data: about 0.4 KB each. A release is some 100 events, 0.002 US cents; an hour of a canary 6,480, 0.13 US cents beside 5.4 of transitions',
  'AwsSolutions-SF2': 'machines are traced: 0.0005 US cents an execution',
  'Serverless-StepFunctionStateMachineXray': 'machines are traced: 0.0005 US cents an execution',
  'Serverless-EventBusDLQ': 'every rule has the queue of lost events',
}

function page(app: App): string {
  const found = findingsOf(app, { deaf: true })
  const left = findingsOf(app)
  const said = new Map(acknowledgementsOf(app).map(({ id, reason }) => [id, reason]))
  const rows = found
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(
      ({ id, severity, places, description }) =>
        `| \`${id}\` | ${severity} | ${places.length} | ${description.replace(' and does not have a cdk-nag rule suppression with evidence for those permission', '')} | ${said.get(id) ?? '**not answered**'} |`,
    )
  const reasons = new Set(found.map(({ id }) => said.get(id)))
  return `# What reviewers find in the stack

Written by \`npm run findings\` over the synthesized platform without props: CloudFormation's own validator, and cdk-nag with
its packs AwsSolutions, Serverless and NIST.800.53.R5.

- CloudFormation's own validator: ${validatorFindings(app).length} findings.
- cdk-nag, not acknowledged: ${left.length}.
- cdk-nag, acknowledged: ${said.size}, for ${reasons.size} reasons. Each names one finding; for a right, with the one resource.
  \`lib/constructs/acknowledged-findings.ts\` says them of the platform, so that they hold in your app too, if it runs
  cdk-nag. With the prop that closes a finding given, it is no longer acknowledged: a new one would be seen.

## Acknowledged

| finding | severity | places | what it says | why it is left |
| --- | --- | ---: | --- | --- |
${rows.join('\n')}

With \`Gateway.REST\` there are more, which the same file answers: validation of bodies, a firewall, a cache, client
certificates, execution logs, tracing, and callers that are not Cognito's.

## Closed

| finding | by what |
| --- | --- |
${Object.entries(closed)
  .map(([id, how]) => `| \`${id.endsWith('::') ? `${id}…]` : id}\` | ${how} |`)
  .join('\n')}
`
}

if (import.meta.main) {
  const outdir = mkdtempSync(join(tmpdir(), 'sluice-findings-'))
  const text = page(platformApp({ outdir, analyticsReporting: false, builtinCloudFormationValidation: true }))
  rmSync(outdir, { recursive: true })
  process.exitCode = 0
  writeFileSync(join(import.meta.dirname, '..', 'docs', 'findings.md'), text)
  console.log(text)
}
