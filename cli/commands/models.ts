import type { Command } from 'commander'
import type { Act } from './act.ts'

/** From a model on your disk to a version. */
export function modelCommands(program: Command, act: Act): void {
  program.commandsGroup('A model on your disk:')
  const init = program
    .command('init [path]')
    .description('write a model.yaml beside a model; or, as `init ci`, a workflow for GitHub')
    .option('--model <name>', 'the model it is; without it, the name of the folder')
    .option('--version <version>', 'the version it is; without it, 1.0.0')
    .option('--dry-run', 'print it, and write nothing')
    .option('--force', 'write over the one that is there')
    .action((path, options) =>
      act(async (context) => (await import('../verbs/init.ts')).init(context, path, options)),
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
      act(async (context) => (await import('../verbs/init-ci.ts')).initCi(context, called.optsWithGlobals())),
    )
  program
    .command('check <path>')
    .description('look at a model: what it was recognised as, and its whole manifest')
    .option('--model <name>', 'the model it is')
    .option('--version <version>', 'the version it is')
    .option('--profile', 'start it on this machine, and show where its start goes')
    .action((path, options) =>
      act(async (context) => (await import('../verbs/check.ts')).check(context, path, options)),
    )
  program
    .command('push <path>')
    .description('upload a model (a folder or one file) and watch its release')
    .option('--model <name>', 'the model it is')
    .option('--version <version>', 'the version it is')
    .option('--no-wait', 'do not watch the release')
    .action((path, options) =>
      act(async (context) => (await import('../verbs/push.ts')).push(context, path, options)),
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
      act(async (context) => (await import('../verbs/diff.ts')).diff(context, what, before, after, options)),
    )
}
