import { existsSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { PlatformClient } from '../../cli/platform-client.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import { homeAt } from '../../local/home.ts'
import { lendMachines } from '../harness/machines.ts'
import { Ledger, must } from './ledger.ts'
import { type Act, models, type Round } from './plan.ts'
import { PlatformProcess } from './platform-process.ts'
import { holdQuiet, operationsOf } from './quiet.ts'
import { askAlways, noAnswers } from './traffic.ts'
import { Uploader, versionOf } from './uploads.ts'

/** A home whose platform is killed again and again by a plan, and the one client who remembers what it was told. */
export class KilledHome {
  readonly #home: string
  readonly #uploader: Uploader
  readonly #ledger = new Ledger()
  readonly answers = noAnswers()
  kills = 0
  /** Kills that left an operation running, or a request without an answer. */
  killsUnderWay = 0
  /** Requests of control that were answered with 202. */
  acknowledged = 0
  readonly refused = new Map<string, number>()
  #killedAt = 0
  #unanswered = 0

  private constructor(home: string, beside: string) {
    this.#home = home
    this.#uploader = new Uploader(home, beside)
  }

  static async in(folder: string): Promise<KilledHome> {
    const home = join(folder, 'home')
    await mkdir(join(folder, 'beside'), { recursive: true })
    await lendMachines(homeAt(home))
    return new KilledHome(home, join(folder, 'beside'))
  }

  /** The last lines of the platform's log, for whoever looks into a failure. */
  get log(): string {
    const path = join(this.#home, 'logs', 'platform.log')
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(-12).join('\n') : ''
  }

  /** Start the platform, find what was told before, do what the plan says, and kill it at the planned moment. */
  async play(round: Round): Promise<void> {
    await this.#underTraffic(async (platform) => {
      await this.#lookAfterKill(platform.client)
      if (round.quiet)
        await holdQuiet(platform.client, this.#home, await modelsOf(platform.client), this.#ledger)
      const over = new AbortController()
      const watching = this.#watch(platform.client, over.signal)
      for (const { afterMs, act } of round.acts) {
        await pause(afterMs)
        this.#unanswered += 1
        this.#do(platform.client, act).then(() => {
          this.#unanswered -= 1
        })
      }
      await pause(round.killAfterMs)
      over.abort()
      this.#killedAt = Date.now()
      await platform.kill()
      this.kills += 1
      await watching
    })
    for (const afterMs of round.killedStartsMs) {
      await PlatformProcess.startAndKill(this.#home, afterMs)
      this.kills += 1
    }
  }

  /** Start the platform a last time, let it finish everything, and hold it to all that was promised. */
  async settle(): Promise<readonly Operation[]> {
    let operations: Operation[] = []
    await this.#underTraffic(async (platform) => {
      await this.#lookAfterKill(platform.client)
      const present = await modelsOf(platform.client)
      await holdQuiet(platform.client, this.#home, present, this.#ledger)
      await this.#ledger.lookAtEnds(platform.client)
      operations = (await Promise.all(present.map((model) => operationsOf(platform.client, model)))).flat()
      await platform.stop()
    })
    return operations
  }

  async #underTraffic(during: (platform: PlatformProcess) => Promise<void>): Promise<void> {
    const platform = await PlatformProcess.start(this.#home)
    const stop = new AbortController()
    const asking = askAlways(platform.client, models, stop.signal, this.answers)
    try {
      await during(platform)
    } finally {
      stop.abort()
      if (platform.isRunning) await platform.kill()
      await asking
    }
    must(this.answers.wrong.length === 0, `a caller was answered wrongly: ${this.answers.wrong[0]}`)
  }

  async #lookAfterKill(client: PlatformClient): Promise<void> {
    await this.#ledger.lookAtOperations(client)
    const present = await modelsOf(client)
    for (const model of present) await this.#ledger.look(client, model)
    const killedAt = new Date(this.#killedAt).toISOString()
    const operations = (await Promise.all(present.map((model) => operationsOf(client, model)))).flat()
    const cut = operations.filter(
      ({ startedAt, endedAt }) => startedAt <= killedAt && (endedAt === undefined || endedAt > killedAt),
    )
    if (this.#killedAt > 0 && (this.#unanswered > 0 || cut.length > 0)) this.killsUnderWay += 1
    this.#unanswered = 0
  }

  /** Look at everything until told to stop: whatever was seen once must be there for ever. */
  async #watch(client: PlatformClient, stop: AbortSignal): Promise<void> {
    try {
      while (!stop.aborted) {
        for (const model of await modelsOf(client)) {
          await this.#ledger.look(client, model)
          for (const operation of await operationsOf(client, model)) this.#ledger.acknowledged(operation)
        }
        await this.#ledger.lookAtOperations(client)
        await pause(30)
      }
    } catch (error) {
      // Cut short by the kill; everything else is a fault.
      if (!stop.aborted || !isCutShort(error)) throw error
    }
  }

  async #do(client: PlatformClient, act: Act): Promise<void> {
    const { model } = act
    if (act.kind === 'file' || act.kind === 'folder') {
      if (act.kind === 'file') await this.#uploader.file(model, act.number)
      else if (act.byOneRename) await this.#uploader.folder(model, act.number)
      else await this.#uploader.fileByFile(model, act.number)
      this.#ledger.uploaded(model, versionOf(act.number))
      return
    }
    const ask = async (): Promise<Operation> => {
      if (act.kind === 'rollback') {
        const to = act.to === undefined ? {} : { to: versionOf(act.to) }
        return client.rollback(model, { ...to, reason: 'the plan says so' })
      }
      const version = versionOf(act.number)
      if (act.kind === 'promotion') return client.promote(model, { version, rollout: act.rollout })
      this.#ledger.retirementsAsked.add(`${model} ${version}`)
      return client.retire(model, { version, reason: 'the plan says so', ignoreCallers: true })
    }
    await Promise.all(Array.from({ length: act.times }, () => this.#ask(ask)))
  }

  async #ask(ask: () => Promise<Operation>): Promise<void> {
    try {
      this.#ledger.acknowledged(await ask())
      this.acknowledged += 1
    } catch (error) {
      if (!isProblem(error)) throw error
      this.refused.set(error.code, (this.refused.get(error.code) ?? 0) + 1)
      must(
        isCutShort(error) || (error.status < 500 && error.code !== 'request-malformed'),
        `a request was answered with ${error.code}: ${error.message}`,
      )
    }
  }
}

async function modelsOf(client: PlatformClient): Promise<string[]> {
  return (await client.models()).map(({ model }) => model)
}

function isCutShort(error: unknown): boolean {
  // `fetch` of another realm than this one's, so that it is no `instanceof`.
  if (Error.isError(error) && error.message === 'fetch failed') return true
  return isProblem(error) && error.code === 'platform-unreachable'
}
