import type { Command } from 'commander'
import { scopes } from '../../lib/rules/access.ts'
import type { Act } from './act.ts'

/** `sluice keys …` */
export function keyCommands(program: Command, act: Act): void {
  program.commandsGroup('Who calls:')
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
      act(async (context) => (await import('../verbs/keys.ts')).createKey(context, name, options)),
    )
  keys
    .command('list')
    .description('every key, without its secret')
    .action(() => act(async (context) => (await import('../verbs/keys.ts')).listKeys(context)))
  keys
    .command('revoke <id>')
    .description('revoke a key: from now on it opens nothing')
    .action((id) => act(async (context) => (await import('../verbs/keys.ts')).revokeKey(context, id)))
}
