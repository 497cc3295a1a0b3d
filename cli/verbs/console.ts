import { once } from 'node:events'
import { Problem } from '../../lib/rules/problem.ts'
import { consoleFiles } from '../../local/console/console-files.ts'
import { ConsoleBridge } from '../console-bridge.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'

/** Show the console of a platform on this machine, and ask on behalf of whoever runs this, until told to stop. */
export async function showConsole(
  { talk, platform }: Context,
  { port }: { readonly port: number },
): Promise<ExitCode> {
  // What is refused now would be refused in the page, later and less clearly.
  const { platform: name } = await platform.health()
  const bridge = new ConsoleBridge(platform, await consoleFiles())
  const url = await bridge.listen(port).catch((error) => {
    if (error.code !== 'EADDRINUSE') throw error
    throw new Problem('usage', `port ${port} is in use; choose another with --port N, or leave it out`)
  })
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  if (talk.json) talk.data({ url, platform: name }, '')
  else {
    talk.say(`\n  The console of ${name} at ${platform.url}\n\n  ${url}\n`)
    talk.say(talk.paint('dim', '  Whoever has this address asks as you do, until Ctrl+C.\n'))
  }
  await stopped
  await bridge.stop()
  return exitCode.done
}
