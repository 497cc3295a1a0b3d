import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { findBreak } from '../../lib/rules/audit.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { Problem } from '../../lib/rules/problem.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'
import { follow } from '../follow.ts'
import { PlatformClient } from '../platform-client.ts'
import { readRelease } from '../release-files.ts'
import { sampleModel, samplePath, sampleRequest, sampleRows } from '../sample.ts'
import { type Tally, Traffic } from '../traffic.ts'
import { upload, versionOf } from '../upload.ts'
import { history } from './history.ts'

const rollout = 'canary:20%/2s,50%/2s'

/** Play the whole story on a platform of its own, and fail where anything is not as told. */
export async function demo({ talk }: Context): Promise<ExitCode> {
  const started = performance.now()
  const home = await mkdtemp(join(tmpdir(), 'sluice-demo-'))
  const { url, stop } = await startPlatform(home)
  try {
    const story = new Story({ talk, platform: new PlatformClient(url) })
    await story.play()
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    talk.say()
    talk.data(
      { passed: true, checks: story.checks, seconds: Number(seconds) },
      `✔ ${story.checks} checks in ${seconds} s`,
    )
    return exitCode.done
  } finally {
    await stop()
    await rm(home, { recursive: true, force: true })
  }
}

/** A platform in a process of its own, as a person would start it. */
async function startPlatform(home: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const command = join(import.meta.dirname, '..', '..', 'bin', 'sluice.js')
  const child = spawn(process.execPath, [command, 'up', '--bare', '--json', '--port', '0', '--home', home], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  const first = await Promise.race([once(lines, 'line'), ended.then(() => undefined)])
  if (first === undefined) throw new Problem('platform-fault', 'the platform did not start')
  const { url } = JSON.parse(String(first[0])) as { url: string }
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  return { url, stop }
}

class Story {
  readonly #context: Context
  readonly #platform: PlatformClient
  checks = 0

  constructor(context: Context) {
    this.#context = context
    this.#platform = context.platform
  }

  async play(): Promise<void> {
    this.#chapter('1.0.0 is pushed, proven by its examples, and goes live: it is the first')
    this.#check('released and promoted', (await this.#push('1.0.0')).state === 'succeeded')
    await this.#answers('', '1.0.0')

    const traffic = new Traffic(this.#platform, sampleModel, await sampleRows(), 8, 20)
    try {
      await this.#goodRelease(traffic)
      await this.#harmfulRelease(traffic)
      await this.#oldVersions()
      await this.#rollbackByHand(traffic)
    } finally {
      await traffic.stop()
    }
    await this.#history()
  }

  async #goodRelease(traffic: Traffic): Promise<void> {
    this.#chapter('1.1.0 is pushed: it answers on its own path, and no caller of live notices')
    await this.#push('1.1.0')
    await this.#answers('versions/1.1.0', '1.1.0')
    const before = traffic.look()
    this.#check(
      'live was answered by 1.0.0 alone',
      before.total > 0 && before.answers.size === 1 && before.answers.has('1.0.0'),
    )

    this.#chapter('1.1.0 is promoted by a canary, under traffic')
    const promoted = await this.#promote('1.1.0')
    this.#check('the verdict advanced it to all traffic', promoted.state === 'succeeded')
    const during = traffic.look()
    this.#tell(during)
    this.#check(
      'both versions answered meanwhile',
      during.answers.has('1.0.0') && during.answers.has('1.1.0'),
    )
    const share = (during.answers.get('1.1.0') ?? 0) / during.total
    this.#check(
      `the canary got about its weight (${Math.round(share * 100)} % over both steps)`,
      share > 0.2 && share < 0.5,
    )
    this.#check('no call failed', during.failed === 0)
    await this.#answers('', '1.1.0')
  }

  async #harmfulRelease(traffic: Traffic): Promise<void> {
    this.#chapter('1.2.0 answers its examples, and fails on a third of what callers really send')
    await this.#push('1.2.0')
    traffic.look()
    const ended = await this.#promote('1.2.0')
    this.#check(
      'the verdict took it back',
      ended.state === 'rolled-back' && ended.problem?.code === 'rolled-back',
    )
    this.#tell(traffic.look())
    await pause(200)
    const after = traffic.look()
    this.#check(
      'nobody sees 1.2.0 any more',
      after.total > 0 && after.answers.size === 1 && after.answers.has('1.1.0'),
    )
    await this.#answers('', '1.1.0')
  }

  async #oldVersions(): Promise<void> {
    this.#chapter('every version still answers on its own path, and a range finds the best that was accepted')
    await this.#answers('versions/1.0.0', '1.0.0')
    await this.#answers('versions/1.1.0', '1.1.0')
    await this.#answers('versions/1.2.0', '1.2.0')
    await this.#answers('versions/1', '1.1.0')
    await this.#answers('versions/~1.0.0', '1.0.0')
  }

  async #rollbackByHand(traffic: Traffic): Promise<void> {
    this.#chapter('1.1.0 is rolled back by hand')
    const begun = performance.now()
    const operation = await this.#platform.rollback(sampleModel, { reason: 'the demo wants to see it' })
    await this.#answers('', '1.0.0')
    this.#context.talk.say(
      `  · the old version answered ${(performance.now() - begun).toFixed(0)} ms after it was asked for`,
    )
    this.#check(
      'the rollback was probed and recorded',
      (await follow(this.#context, operation.id)).state === 'succeeded',
    )
    traffic.look()
    await pause(200)
    const after = traffic.look()
    this.#check(
      'live is answered by 1.0.0 alone',
      after.total > 0 && after.answers.size === 1 && after.answers.has('1.0.0'),
    )
    await this.#answers('versions/1', '1.0.0')
  }

  async #history(): Promise<void> {
    this.#chapter('all of it can be told')
    const entries = await this.#platform.history(sampleModel)
    const kinds = entries.map(({ kind }) => kind).join(' ')
    this.#check('nothing is missing from the history', kinds === expectedHistory)
    const broken = findBreak(entries, await this.#platform.model(sampleModel))
    this.#check(
      'the chain of its entries holds, up to the head that the registry keeps',
      broken === undefined,
    )
    const [, first] = entries
    const then = await this.#platform.servedAt(sampleModel, first?.at ?? '')
    this.#check('what served at the beginning is known', then.aliases['live']?.stable === '1.0.0')
    if (!this.#context.talk.json) await history(this.#context, sampleModel, {})
  }

  async #push(version: string): Promise<Operation> {
    const release = await readRelease(samplePath(version), {})
    await upload(this.#platform, release)
    for (;;) {
      const operation = (await versionOf(this.#platform, sampleModel, version))?.operation
      if (operation !== undefined) return follow(this.#context, operation)
      await pause(20)
    }
  }

  async #promote(version: string): Promise<Operation> {
    const { id } = await this.#platform.promote(sampleModel, {
      version,
      rollout,
      reason: `try ${version} with care`,
    })
    return follow(this.#context, id)
  }

  async #answers(target: string, version: string): Promise<void> {
    const { status, headers } = await this.#platform.invoke(
      sampleModel,
      target,
      await sampleRequest(),
      'application/json',
    )
    const path = `/models/${sampleModel}/${target === '' ? '' : `${target}/`}invocations`
    this.#check(`${path} → ${version}`, status === 200 && headers.get('model-version') === version)
  }

  #chapter(text: string): void {
    this.#context.talk.say(`\n${this.#context.talk.paint('bold', text)}`)
  }

  #tell({ answers }: Tally): void {
    const list = [...answers].toSorted().map(([version, count]) => `${version} ${count}`)
    this.#context.talk.say(`  · live answered: ${list.join(', ')}`)
  }

  #check(what: string, holds: boolean): void {
    this.checks += 1
    if (!holds) throw new Problem('platform-fault', `the demo found that this is not so: ${what}`)
    this.#context.talk.say(`  ${this.#context.talk.paint('green', '✔')} ${what}`)
  }
}

const expectedHistory = [
  'released promoted',
  'released canary-started weight-moved promoted',
  'released canary-started rolled-back',
  'rolled-back',
].join(' ')
