import type { Command } from 'commander'
import type { RolloutControl } from '../../lib/rules/rollout-control.ts'
import { type Act, outOfRange, toleranceOf, withoutGlobal } from './act.ts'

/** What makes an alias move, or a version go. */
export function moveCommands(program: Command, act: Act): void {
  program.commandsGroup('Traffic:')
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
      act(async (context) => (await import('../verbs/promote.ts')).promote(context, model, version, options)),
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
      act(async (context) => (await import('../verbs/rollback.ts')).rollback(context, model, options)),
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
        (await import('../verbs/deprecate.ts')).deprecate(context, model, version, options),
      ),
    )
  program
    .command('retire <model> <version>')
    .description('retire a version that nobody needs any more')
    .requiredOption('--reason <text>', 'why, for the history')
    .option('--ignore-callers', 'although it was called lately; the history keeps by whom')
    .option('--dry-run', 'check everything, say what would be done, and do nothing')
    .option('--no-wait', 'do not watch')
    .action((model, version, options) =>
      act(async (context) => (await import('../verbs/retire.ts')).retire(context, model, version, options)),
    )
  shadowCommand(program, act)
  rolloutCommands(program, act)
  approvalCommands(program, act)
}

/** `sluice shadow` */
function shadowCommand(program: Command, act: Act): void {
  program
    .command('shadow <model> [version]')
    .description(
      'let a version answer beside an alias, for nobody but the comparison; without a version, what was found',
    )
    .option('--alias <name>', 'the alias; without it, live')
    .option('--percent <number>', 'the share of its calls; without it, 10', percentOf)
    .option('--tolerance <number>', 'how far a number may be off; without it, 0.01', toleranceOf)
    .option('--reason <text>', 'why, for the history')
    .option('--off', 'end it')
    .option('--dry-run', 'check everything, say what would be done, and do nothing')
    .action((model, version, options) =>
      act(async (context) =>
        (await import('../verbs/shadow.ts')).shadow(context, model, version, withoutGlobal(options)),
      ),
    )
}

function percentOf(text: string): number {
  const percent = Number(text)
  if (text.trim() !== '' && percent > 0 && percent <= 100) return percent
  throw outOfRange('--percent', text, 'more than 0 and at most 100')
}

/** `sluice pause`, `resume`, `skip` and `abort`. */
function rolloutCommands(program: Command, act: Act): void {
  const control = (verb: RolloutControl, description: string) =>
    program
      .command(`${verb} <operation>`)
      .description(description)
      .requiredOption('--reason <text>', 'why, for the history')
      .action((id, options) =>
        act(async (context) =>
          (await import('../verbs/control-rollout.ts')).controlRollout(context, verb, id, options),
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
  if (!/^[1-9]\d?$/.test(text)) throw outOfRange('--step', text, '1 to 99')
  return Number(text)
}

/** What people decide. */
function approvalCommands(program: Command, act: Act): void {
  program
    .command('approvals')
    .description('the promotions that wait for a person')
    .action(() => act(async (context) => (await import('../verbs/approve.ts')).approvals(context)))
  program
    .command('approve <operation>')
    .description('let a promotion that waits begin; or make a link by which another person may decide')
    .option('--reason <text>', 'why, for the history')
    .option('--link', 'decide nothing, and print a link that is good once')
    .option('--for <name>', 'with --link: whom it is for, as the history names them')
    .option('--expires <when>', 'with --link: how long it is good: 12h, 3d, or a time; without it, 24h')
    .option('--no-wait', 'do not watch')
    .action((id, options) =>
      act(async (context) => (await import('../verbs/approve.ts')).approve(context, id, options)),
    )
  program
    .command('reject <operation>')
    .description('end a promotion that waits; nothing is moved')
    .requiredOption('--reason <text>', 'why, for the history')
    .action((id, options) =>
      act(async (context) => (await import('../verbs/approve.ts')).reject(context, id, options)),
    )
}
