import { Command, CommanderError, Option } from 'commander'
import { isProblem, Problem, problemDocument } from '../lib/rules/problem.ts'
import { type Act, type GlobalOptions, keyOption, usage, type Verb } from './commands/act.ts'
import { keyCommands } from './commands/keys.ts'
import { modelCommands } from './commands/models.ts'
import { moveCommands } from './commands/moves.ts'
import { platformCommands } from './commands/platforms.ts'
import { readingCommands } from './commands/reading.ts'
import { credentialFor } from './credential.ts'
import { type ExitCode, exitCode, exitCodeOf } from './exit-codes.ts'
import { PlatformClient } from './platform-client.ts'
import { printProblem } from './terminal/problem-text.ts'
import { Talk } from './terminal/talk.ts'

const laptop = 'http://localhost:8080'

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
function commands(act: Act): Command {
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

  platformCommands(program, act)
  modelCommands(program, act)
  readingCommands(program, act)
  moveCommands(program, act)
  keyCommands(program, act)

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
