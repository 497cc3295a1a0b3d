import { type Command, Option } from 'commander'
import { mostReplayed, usualTolerance } from '../../lib/rules/comparison/replay-defaults.ts'
import type { CompareOptions } from '../verbs/compare.ts'
import { type Act, type GlobalOptions, outOfRange, toleranceOf, withoutGlobal } from './act.ts'

/** What there is, what it answers, what happened and who calls. */
export function readingCommands(program: Command, act: Act): void {
  program.commandsGroup('What there is:')
  program
    .command('list')
    .description('every model')
    .action(() => act(async (context) => (await import('../verbs/list.ts')).list(context)))
  program
    .command('top')
    .description('what is asked and answered now, of every model, until q or Ctrl+C')
    .option('--once', 'one look, and no live view')
    .action((options) => act(async (context) => (await import('../verbs/top.ts')).top(context, options)))
  program
    .command('show <model> [version]')
    .description('a model with its aliases, versions and operations, or one version')
    .action((model, version) =>
      act(async (context) => (await import('../verbs/show.ts')).show(context, model, version)),
    )
  const graph = program
    .command('graph')
    .description('graphs: which nodes could ask a newer version, and moving them')
  graph
    .command('outdated <graph> [version]')
    .description('the nodes that could ask another version; without a version, of the live one')
    .action((model, version) =>
      act(async (context) => (await import('../verbs/graph.ts')).graphOutdated(context, model, version)),
    )
  graph
    .command('bump <path>')
    .description('write the newest accepted versions into a graph.yaml')
    .option('--model <name>', 'the model it is')
    .option('--version <version>', 'the version it is to be; without it, the next minor one')
    .option('--push', 'push it as that version', false)
    .option('--no-wait', 'with --push: do not watch the release')
    .action((path, options) =>
      act(async (context) => (await import('../verbs/graph.ts')).graphBump(context, path, options)),
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
      act(async (context) => (await import('../verbs/invoke.ts')).invoke(context, model, options)),
    )
  program
    .command('compare <model> <a> <b>')
    .description('ask two versions what was asked before, and show where they differ')
    .option('--last <number>', 'how many recorded requests, the newest first', rowCount, 1000)
    .option(
      '--tolerance <number>',
      'how far a number may be off, absolute up to 1 and relative above',
      toleranceOf,
      usualTolerance,
    )
    .action((model, a, b, options) =>
      act(async (context) =>
        (await import('../verbs/compare.ts')).compare(
          context,
          model,
          a,
          b,
          withoutGlobal<CompareOptions & GlobalOptions>(options),
        ),
      ),
    )
  program
    .command('watch <operation>')
    .description('follow an operation to its end')
    .action((id) => act(async (context) => (await import('../verbs/watch.ts')).watch(context, id)))
  program
    .command('logs <model> [version]')
    .description('what the server of a version wrote; without a version, of the live one')
    .option('--follow', 'go on with what comes, until Ctrl+C')
    .action((model, version, options) =>
      act(async (context) => (await import('../verbs/logs.ts')).logs(context, model, version, options)),
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
        (await import('../verbs/history.ts')).history(context, model, withoutGlobal(options)),
      ),
    )
  program
    .command('drift <model>')
    .description('how what is recorded of a model differs from what it was trained on')
    .option('--version <version>', 'of this version; without it, the one that live serves')
    .option('--new-secret', 'make a new secret that its webhooks are signed with, and show it once')
    .action((model, options) =>
      act(async (context) => (await import('../verbs/drift.ts')).drift(context, model, options)),
    )
  program
    .command('openapi <model> [version]')
    .description('how a model, or one version of it, is called: OpenAPI 3.1, for clients to be made from')
    .option('-o, --out <file>', 'where to write it')
    .action((model, version, options) =>
      act(async (context) => (await import('../verbs/openapi.ts')).openapi(context, model, version, options)),
    )
  program
    .command('feedback <model> <file>')
    .description('tell what predictions turned out to be: lines of JSON, or CSV, with requestId and actual')
    .action((model, file) =>
      act(async (context) => (await import('../verbs/feedback.ts')).feedback(context, model, file)),
    )
  program
    .command('quality <model>')
    .description('how good predictions were, as far as anybody has told, by version and with intervals')
    .option('--since <time>', 'of calls from then on')
    .action((model, options) =>
      act(async (context) =>
        (await import('../verbs/quality.ts')).quality(context, model, withoutGlobal(options)),
      ),
    )
  program
    .command('callers <model> [version]')
    .description('who calls a model or a version, by which way, and when last')
    .action((model, version) =>
      act(async (context) => (await import('../verbs/callers.ts')).callers(context, model, version)),
    )
}

function rowCount(text: string): number {
  const count = Number(text)
  if (/^\d+$/.test(text) && count >= 1 && count <= mostReplayed) return count
  throw outOfRange('--last', text, `1 to ${mostReplayed}`)
}
