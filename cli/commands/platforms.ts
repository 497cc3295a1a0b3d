import { type Command, Option } from 'commander'
import { usualHome } from '../credential.ts'
import { type Act, outOfRange } from './act.ts'

const authKinds = ['keys', 'jwt'] as const

/** To run a platform, to look after it, and to take it away. */
export function platformCommands(program: Command, act: Act): void {
  program.commandsGroup('The platform:')
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
    .option(
      '--allow-unsafe-pickle',
      'let manifests ask for unsafePickle: such a model file may do whatever you may do on this machine',
    )
    .action((options) => act(async (context) => (await import('../verbs/up.ts')).up(context, options)))
  program
    .command('console')
    .description('show the console of a platform on this machine, and ask with what this command asks with')
    .option('--port <number>', 'where to listen; 0 picks a free port', portNumber, 0)
    .action((options) =>
      act(async (context) => (await import('../verbs/console.ts')).showConsole(context, options)),
    )
  program
    .command('demo')
    .description('play the whole story: release, canary, harm, rollback, history')
    .action(() => act(async (context) => (await import('../verbs/demo.ts')).demo(context)))
  program
    .command('verify [model]')
    .description('check the audit chain of a model, or of every one')
    .action((model) => act(async (context) => (await import('../verbs/verify.ts')).verify(context, model)))
  program
    .command('sweep')
    .description('finish or undo what died half-way, now: the platform does so by itself as well')
    .option('--dry-run', 'show what would be done, and do nothing')
    .action((options) => act(async (context) => (await import('../verbs/sweep.ts')).sweep(context, options)))
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
      act(async (context) => (await import('../verbs/rebuild.ts')).rebuild(context, options)),
    )
  program
    .command('teardown')
    .description('take away what releases made on AWS, before `cdk destroy`; speaks to AWS alone')
    .requiredOption('--platform-name <name>', 'the name of the platform, as ModelPlatform was given it')
    .option('--region <region>', 'the Region; without it, what AWS_REGION or your profile says')
    .option('--plan', 'show what would go and what stays, and change nothing')
    .option('--apply', 'take it away')
    .option('--yes <name>', "the platform's name once more, where nobody can be asked")
    .action((options) =>
      act(async (context) => (await import('../verbs/teardown.ts')).teardown(context, options)),
    )
  program
    .command('explain [code]')
    .description('the page of a problem, offline')
    .action((code) => act(async (context) => (await import('../verbs/explain.ts')).explain(context, code)))
}

function portNumber(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) throw outOfRange('--port', text, '0 to 65535')
  return port
}
