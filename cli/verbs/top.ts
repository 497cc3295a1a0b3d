import { setTimeout as pause } from 'node:timers/promises'
import { Problem } from '../../lib/rules/problem.ts'
import type { ModelTraffic } from '../../lib/rules/traffic.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'
import { fullScreen } from '../terminal/full-screen.ts'
import { topSentence, topText, type Watched, watched } from '../terminal/top-text.ts'

const lookEveryMs = 1000

interface Asked {
  readonly once?: boolean
}

/** What is asked and answered now: live on a terminal, one look otherwise. */
export async function top(context: Context, { once = false }: Asked): Promise<ExitCode> {
  const { talk, platform } = context
  if (once || !talk.live || process.stdout.isTTY !== true) {
    const { models, elsewhere } = await look(context)
    if (elsewhere !== undefined) talk.say(elsewhere)
    talk.data({ models }, topText(models))
    return exitCode.done
  }
  await fullScreen(async (screen) => {
    while (!screen.left.aborted) {
      const told = await look(context).then(
        ({ models, elsewhere }) => ({
          head: topSentence(models),
          body: `${topText(models, screen.lines - 3)}${elsewhere === undefined ? '' : `\n\n${elsewhere}`}`,
        }),
        // It may be started anew meanwhile: what was seen last is gone from the screen, and the look goes on.
        (error: unknown) => ({ head: Error.isError(error) ? error.message : String(error), body: '' }),
      )
      const time = new Date().toTimeString().slice(0, 8)
      screen.draw(`${talk.paint('bold', platform.url)} · ${time} · ${told.head} · q leaves\n\n${told.body}`)
      await pause(lookEveryMs, undefined, { signal: screen.left }).catch(() => {})
    }
  })
  return exitCode.done
}

/** @returns where the traffic is told, if not here, in `elsewhere` */
async function look({ platform }: Context): Promise<{ models: Watched[]; elsewhere?: string }> {
  const [models, traffic] = await Promise.all([
    platform.models(),
    platform.traffic().catch((error: unknown): string => {
      if (error instanceof Problem && error.code === 'traffic-elsewhere') return error.message
      throw error
    }),
  ])
  if (typeof traffic === 'string') return { models: watched(models, []), elsewhere: traffic }
  return { models: watched(models, traffic satisfies readonly ModelTraffic[]) }
}
