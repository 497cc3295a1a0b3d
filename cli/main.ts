import { Command, CommanderError, Option } from 'commander'
import { scopes } from '../lib/rules/access.ts'
import { isProblem, Problem, problemDocument } from '../lib/rules/problem.ts'
import type { RolloutControl } from '../lib/rules/rollout-control.ts'
import type { Context } from './context.ts'
import { credentialFor, usualHome } from './credential.ts'
import { type ExitCode, exitCode, exitCodeOf } from './exit-codes.ts'
import { PlatformClient } from './platform-client.ts'
import { printProblem } from './terminal/problem-text.ts'
import { Talk } from './terminal/talk.ts'

const authKinds = ['keys', 'jwt'] as const
const laptop = 'http://localhost:8080'
/** An argument of ours that is out of range: commander has not said so itself. */
const usage = 'sluice.usage'

/** Read the command line, run one verb, and set the exit code. Verbs are loaded when they are called. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = commands(async (verb) => {
    const { json = false, platform, key } = program.opts<GlobalOptions>()
    process.exitCode = await run(
      new Talk(json),
      () => new PlatformClient(platform, credentialFor(platform, key)),
      verb,
    )
  })
  try {
    await program.parseAsync(argv)
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.code === usage) process.stderr.write(`${error.message}\n`)
    process.exitCode = error.exitCode === 0 ? exitCode.done : exitCode.usersMistake
  }
}

interface GlobalOptions {
  readonly json?: boolean
  readonly platform: string
  readonly key?: string
}

type Verb = (context: Context) => Promise<ExitCode>

async function run(talk: Talk, platform: () => PlatformClient, verb: Verb): Promise<ExitCode> {
  try {
    return await verb({ talk, platform: platform() })
  } catch (error) {
    const problem = isProblem(error)
      ? error
      : new Problem('platform-fault', `the command failed: ${messageOf(error)}`)
    if (talk.json) talk.data(problemDocument(problem, '', ''), '')
    else printProblem(talk, problem)
    return exitCodeOf(problem)
  }
}

function messageOf(error: unknown): string {
  return Error.isError(error) ? error.message : String(error)
}

/** Every verb with what it takes; `act` is given what it does. */
function commands(act: (verb: Verb) => Promise<void>): Command {
  const program = new Command('sluice')
    .description('Versioned HTTPS endpoints for trained models.')
    .option('--json', 'print one JSON document, and nothing else')
    .addOption(
      new Option('--platform <url>', 'the platform to speak to; a deployed one with your AWS credentials')
        .default(laptop)
        .env('SLUICE_PLATFORM_URL'),
    )
    .addOption(keyOption())
    .exitOverride()
    .showHelpAfterError('(sluice --help shows every verb)')

  program
    .command('up')
    .description('start the platform on this machine')
    .option('--port <number>', 'where to listen; 0 picks a free port', portNumber, 8080)
    .addOption(
      new Option('--home <folder>', 'where the platform lives').default(usualHome).env('SLUICE_HOME'),
    )
    .option('--bare', 'release no sample')
    .addOption(
      new Option('--auth <kind>', 'ask who calls; without it, whoever is on this machine may do all').choices(
        authKinds,
      ),
    )
    .option('--jwt-issuer <url>', 'whose tokens are good, with --auth jwt')
    .option('--jwt-audience <name>', 'whom they must be for')
    .option('--jwt-claim <name>', 'the claim with what the caller may do; without it, scope')
    .option(
      '--approval <alias=who>',
      'who must agree before an alias moves, such as live=four-eyes or live=required; may be repeated',
      (one: string, before: readonly string[] = []) => [...before, one],
    )
    .action((options) => act(async (context) => (await import('./verbs/up.ts')).up(context, options)))
  program
    .command('demo')
    .description('play the whole story: release, canary, harm, rollback, history')
    .action(() => act(async (context) => (await import('./verbs/demo.ts')).demo(context)))
  const init = program
    .command('init [path]')
    .description('write a model.yaml beside a model; or, as `init ci`, a workflow for GitHub')
    .option('--model <name>', 'the model it is; without it, the name of the folder')
    .option('--version <version>', 'the version it is; without it, 1.0.0')
    .option('--dry-run', 'print it, and write nothing')
    .option('--force', 'write over the one that is there')
    .action((path, options) =>
      act(async (context) => (await import('./verbs/init.ts')).init(context, path, options)),
    )
  init
    .command('ci')
    .description(
      'write .github/workflows/sluice.yml: pull request, merge and tag become check, push and promote',
    )
    .option('--role <arn>', 'the role that the workflow takes on, where it is one for all')
    .option('--read-role <arn>', 'the role of pull requests')
    .option('--publish-role <arn>', 'the role of merges')
    .option('--promote-role <arn>', 'the role of tags')
    .option('--region <region>', "the platform's Region, where its URL does not say it")
    .option('--models <folder>', 'where in the repository the models lie', 'models')
    .option('--branch <name>', 'the branch whose merges are pushed', 'main')
    .option('--dry-run', 'print it, and write nothing')
    .option('--force', 'write over one that was changed')
    .action((_, called) =>
      act(async (context) => (await import('./verbs/init-ci.ts')).initCi(context, called.optsWithGlobals())),
    )
  program
    .command('check <path>')
    .description('look at a model: what it was recognised as, and its whole manifest')
    .option('--model <name>', 'the model it is')
    .option('--version <version>', 'the version it is')
    .action((path, options) =>
      act(async (context) => (await import('./verbs/check.ts')).check(context, path, options)),
    )
  program
    .command('push <path>')
    .description('upload a model (a folder or one file) and watch its release')
    .option('--model <name>', 'the model it is')
    .option('--version <version>', 'the version it is')
    .option('--no-wait', 'do not watch the release')
    .action((path, options) =>
      act(async (context) => (await import('./verbs/push.ts')).push(context, path, options)),
    )
  program
    .command('diff <what> [before] [after]')
    .description(
      'what changes for callers: of a MODEL from a version to another, or of a PATH --against a model',
    )
    .option(
      '--against <model>',
      'for a path: MODEL, MODEL@ALIAS or MODEL@VERSION; without @, live; @ALIAS is of the model that the path is',
    )
    .option('--markdown', 'print it as Markdown')
    .option('--model <name>', 'for a path: the model it is')
    .option('--version <version>', 'for a path: the version it is')
    .action((what, before, after, options) =>
      act(async (context) => (await import('./verbs/diff.ts')).diff(context, what, before, after, options)),
    )
  program
    .command('list')
    .description('every model')
    .action(() => act(async (context) => (await import('./verbs/list.ts')).list(context)))
  program
    .command('show <model> [version]')
    .description('a model with its aliases, versions and operations, or one version')
    .action((model, version) =>
      act(async (context) => (await import('./verbs/show.ts')).show(context, model, version)),
    )
  program
    .command('invoke <model>')
    .description('ask a model for predictions')
    .option('--data <json>', 'the body')
    .option('--file <path>', 'a file with the body')
    .option('--type <media type>', 'what the body is', 'application/json')
    .option('--version <version>', 'a version or a range; without it, live')
    .option('--alias <name>', 'an alias; without it, live')
    .action((model, options) =>
      act(async (context) => (await import('./verbs/invoke.ts')).invoke(context, model, options)),
    )
  program
    .command('promote <model> <version>')
    .description('move an alias to a version, a little at a time')
    .option('--alias <name>', 'the alias; without it what the manifest says, or live')
    .option(
      '--then <alias...>',
      'the aliases that move after it, in this order, each when the one before it has',
    )
    .option(
      '--rollout <plan>',
      'of live and of the last alias: all-at-once, canary:10%/600s,50%/600s or linear:20%/60s',
    )
    .option('--reason <text>', 'why, for the history')
    .option('--dry-run', 'check everything, say what would be done, and do nothing')
    .option('--no-wait', 'do not watch')
    .action((model, version, options) =>
      act(async (context) => (await import('./verbs/promote.ts')).promote(context, model, version, options)),
    )
  program
    .command('rollback <model>')
    .description('take an alias back')
    .option('--alias <name>', 'the alias; without it, live')
    .option('--to <version>', 'the version; without it, what the alias served before')
    .requiredOption('--reason <text>', 'why, for the history')
    .option('--dry-run', 'check everything, say what would be done, and do nothing')
    .option('--no-wait', 'do not watch')
    .action((model, options) =>
      act(async (context) => (await import('./verbs/rollback.ts')).rollback(context, model, options)),
    )
  rolloutCommands(program, act)
  approvalCommands(program, act)
  program
    .command('watch <operation>')
    .description('follow an operation to its end')
    .action((id) => act(async (context) => (await import('./verbs/watch.ts')).watch(context, id)))
  program
    .command('logs <model> [version]')
    .description('what the server of a version wrote; without a version, of the live one')
    .option('--follow', 'go on with what comes, until Ctrl+C')
    .action((model, version, options) =>
      act(async (context) => (await import('./verbs/logs.ts')).logs(context, model, version, options)),
    )
  program
    .command('history <model>')
    .description('what happened to a model, by whom and why')
    .option('--at <time>', 'what it served then: 2026-03-01T10:00:00Z, 2026-03-01 (its start, UTC) or 2h ago')
    .option('--alias <name>', 'of this alias alone')
    .option('--since <time>', 'entries from then on')
    .option('--until <time>', 'entries before then')
    .option('--version <version>', 'entries of this version')
    .option('--kind <kinds>', 'entries of this kind, such as promoted,rolled-back')
    .addOption(new Option('--export <type>', 'print entries for other programs').choices(['jsonl', 'csv']))
    .option('-o, --out <file>', 'where to export to')
    .action((model, options) =>
      act(async (context) =>
        (await import('./verbs/history.ts')).history(context, model, withoutGlobal(options)),
      ),
    )
  program
    .command('openapi <model> [version]')
    .description('how a model, or one version of it, is called: OpenAPI 3.1, for clients to be made from')
    .option('-o, --out <file>', 'where to write it')
    .action((model, version, options) =>
      act(async (context) => (await import('./verbs/openapi.ts')).openapi(context, model, version, options)),
    )
  program
    .command('verify [model]')
    .description('check the audit chain of a model, or of every one')
    .action((model) => act(async (context) => (await import('./verbs/verify.ts')).verify(context, model)))
  program
    .command('sweep')
    .description('finish or undo what died half-way, now: the platform does so by itself as well')
    .option('--dry-run', 'show what would be done, and do nothing')
    .action((options) => act(async (context) => (await import('./verbs/sweep.ts')).sweep(context, options)))
  program
    .command('rebuild')
    .description("make the registry of a laptop's platform anew, from the records in its store")
    .addOption(
      new Option('--home <folder>', 'where the platform lives; it must not be running')
        .default(usualHome)
        .env('SLUICE_HOME'),
    )
    .option('--until-break', 'where a chain is broken, go up to the last good entry')
    .action((options) =>
      act(async (context) => (await import('./verbs/rebuild.ts')).rebuild(context, options)),
    )
  program
    .command('deprecate <model> <version>')
    .description('tell the callers of a version, in the headers of every answer, that it will go')
    .option('--sunset <date>', 'not retired before: 2027-03-31 or 2027-03-31T12:00:00Z')
    .option('--successor <version>', 'where its callers are to go')
    .requiredOption('--reason <text>', 'why, for the history')
    .option('--undo', 'take the deprecation back')
    .option('--dry-run', 'check everything, say what would be done, and do nothing')
    .action((model, version, options) =>
      act(async (context) =>
        (await import('./verbs/deprecate.ts')).deprecate(context, model, version, options),
      ),
    )
  program
    .command('callers <model> [version]')
    .description('who calls a model or a version, by which way, and when last')
    .action((model, version) =>
      act(async (context) => (await import('./verbs/callers.ts')).callers(context, model, version)),
    )
  program
    .command('retire <model> <version>')
    .description('retire a version that nobody needs any more')
    .requiredOption('--reason <text>', 'why, for the history')
    .option('--ignore-callers', 'although it was called lately; the history keeps by whom')
    .option('--dry-run', 'check everything, say what would be done, and do nothing')
    .option('--no-wait', 'do not watch')
    .action((model, version, options) =>
      act(async (context) => (await import('./verbs/retire.ts')).retire(context, model, version, options)),
    )
  keyCommands(program, act)
  program
    .command('teardown')
    .description('take away what releases made on AWS, before `cdk destroy`; speaks to AWS alone')
    .requiredOption('--platform-name <name>', 'the name of the platform, as ModelPlatform was given it')
    .option('--region <region>', 'the Region; without it, what AWS_REGION or your profile says')
    .option('--plan', 'show what would go and what stays, and change nothing')
    .option('--apply', 'take it away')
    .option('--yes <name>', "the platform's name once more, where nobody can be asked")
    .action((options) =>
      act(async (context) => (await import('./verbs/teardown.ts')).teardown(context, options)),
    )
  program
    .command('explain [code]')
    .description('the page of a problem, offline')
    .action((code) => act(async (context) => (await import('./verbs/explain.ts')).explain(context, code)))

  // `--json` is understood before and after the verb.
  for (const command of program.commands.flatMap((one) => [one, ...one.commands]))
    command
      .exitOverride()
      .option('--json', 'print one JSON document, and nothing else')
      .addOption(new Option('--platform <url>', 'the platform to speak to').env('SLUICE_PLATFORM_URL'))
      .addOption(keyOption())
      .hook('preAction', (_, called) => {
        const { json, platform, key } = called.opts<Partial<GlobalOptions>>()
        if (json) program.setOptionValue('json', true)
        if (platform !== undefined) program.setOptionValue('platform', platform)
        if (key !== undefined) program.setOptionValue('key', key)
      })
  return program
}

/** `sluice pause`, `resume`, `skip` and `abort`. */
function rolloutCommands(program: Command, act: (verb: Verb) => Promise<void>): void {
  const control = (verb: RolloutControl, description: string) =>
    program
      .command(`${verb} <operation>`)
      .description(description)
      .requiredOption('--reason <text>', 'why, for the history')
      .action((id, options) =>
        act(async (context) =>
          (await import('./verbs/control-rollout.ts')).controlRollout(context, verb, id, options),
        ),
      )
  control('pause', 'hold a rollout at its step; harm still takes its traffic back')
  control('resume', 'let a paused rollout go on')
  control('skip', 'give a canary its next step now, whatever is known of this one').option(
    '--step <number>',
    'the step to skip, 1 for the first; without it, the one that it is at',
    stepNumber,
  )
  control('abort', 'end a promotion, and take its traffic back')
}

function stepNumber(text: string): number {
  if (!/^[1-9]\d?$/.test(text))
    throw new CommanderError(1, usage, `error: --step is '${text}', and allowed is 1 to 99`)
  return Number(text)
}

/** What people decide. */
function approvalCommands(program: Command, act: (verb: Verb) => Promise<void>): void {
  program
    .command('approvals')
    .description('the promotions that wait for a person')
    .action(() => act(async (context) => (await import('./verbs/approve.ts')).approvals(context)))
  program
    .command('approve <operation>')
    .description('let a promotion that waits begin; or make a link by which another person may decide')
    .option('--reason <text>', 'why, for the history')
    .option('--link', 'decide nothing, and print a link that is good once')
    .option('--for <name>', 'with --link: whom it is for, as the history names them')
    .option('--expires <when>', 'with --link: how long it is good: 12h, 3d, or a time; without it, 24h')
    .option('--no-wait', 'do not watch')
    .action((id, options) =>
      act(async (context) => (await import('./verbs/approve.ts')).approve(context, id, options)),
    )
  program
    .command('reject <operation>')
    .description('end a promotion that waits; nothing is moved')
    .requiredOption('--reason <text>', 'why, for the history')
    .action((id, options) =>
      act(async (context) => (await import('./verbs/approve.ts')).reject(context, id, options)),
    )
}

/** `sluice keys …` */
function keyCommands(program: Command, act: (verb: Verb) => Promise<void>): void {
  const keys = program.command('keys').description('the keys that people and programs call with')
  keys
    .command('create <name>')
    .description('make a key, and show it this once')
    .requiredOption('--scope <scope...>', `what it may do: ${scopes.join(', ')}; may be repeated`)
    .option('--model <name...>', 'with which models; without it, with every one')
    .option('--alias <name...>', 'with --scope promote: which aliases it may move; without it, every one')
    .option(
      '--expires <when>',
      'how long it is good: 12h, 90d, 1y, or a time; without it, until it is revoked',
    )
    .action((name, options) =>
      act(async (context) => (await import('./verbs/keys.ts')).createKey(context, name, options)),
    )
  keys
    .command('list')
    .description('every key, without its secret')
    .action(() => act(async (context) => (await import('./verbs/keys.ts')).listKeys(context)))
  keys
    .command('revoke <id>')
    .description('revoke a key: from now on it opens nothing')
    .action((id) => act(async (context) => (await import('./verbs/keys.ts')).revokeKey(context, id)))
}

function keyOption(): Option {
  return new Option('--key <key>', 'a key or token that says who calls; better in the environment').env(
    'SLUICE_API_KEY',
  )
}

function portNumber(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new CommanderError(1, usage, `error: --port is '${text}', and allowed is 0 to 65535`)
  return port
}

/** What a verb was given, without what is every verb's. */
function withoutGlobal<Options extends GlobalOptions>(options: Options): Omit<Options, keyof GlobalOptions> {
  const { json: _, platform: __, key: ___, ...own } = options
  return own
}
