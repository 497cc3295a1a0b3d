import { mkdir, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from '@jest/globals'
import type { Operation } from '../../lib/rules/operation.ts'
import type { ProblemCode, ProblemFacts } from '../../lib/rules/problem.ts'
import { sluiceRun } from '../cli/command.ts'
import { echoModel, timesModel } from '../harness/onnx-models.ts'
import { problemIn } from '../harness/problem-document.ts'
import { type Content, Stage, whole } from '../journeys/stage.ts'
import { sentRaw } from './wire.ts'

/** What came of one bad thing: a status or an exit code, with the code and the sentence. */
export interface Answer {
  readonly answer: string
  readonly code: string
  readonly sentence: string
}

/** One bad thing: what it is, what it must be answered, and how it is done. */
export type RefusalCase = readonly [
  input: string,
  answer: string,
  code: ProblemCode,
  sentence: string,
  act: (scene: Scene) => Promise<Answer>,
]

/** A platform with models in every state that a refusal can meet, and the ways in which people reach it. */
export class Scene {
  readonly stage: Stage
  /** Promotions in the states that a refusal can meet: under way, held, waiting for a person, and over. */
  readonly ids = { baking: '', paused: '', waiting: '', over: '' }

  private constructor(stage: Stage) {
    this.stage = stage
  }

  static async open(): Promise<Scene> {
    const { stage } = await Stage.open().then((opened) => new Scene(opened))
    const fields = [
      { name: 'tenure', type: 'float32' },
      { name: 'plan', type: 'string' },
      { name: 'visits', type: 'int64' },
    ] as const
    await stage.write('alpha/1.0.0.onnx', timesModel(2))
    await stage.write('churn/1.0.0.onnx', echoModel(...fields))
    await stage.write('image/1.0.0.onnx', echoModel({ name: 'pixels', type: 'float32', shape: [2, 2] }))
    await stage.write('tokens/1.0.0.onnx', echoModel({ name: 'ids', type: 'float32', shape: ['n', 'm'] }))
    for (const model of ['shop', 'busy', 'race', 'twice', 'alpha', 'churn', 'image', 'tokens']) {
      if (
        stage.events.every(({ detail }) => detail['model'] !== model) &&
        !['alpha', 'churn', 'image', 'tokens'].includes(model)
      )
        await stage.write(`${model}/1.0.0.onnx`, timesModel(2))
      await stage.serves(model, '1.0.0')
    }
    for (const model of ['shop', 'busy', 'race', 'twice']) {
      await stage.write(`${model}/1.1.0.onnx`, timesModel(3))
      await stage.write(`${model}/1.2.0.onnx`, timesModel(4))
      for (const version of ['1.1.0', '1.2.0']) await stage.ended('release', model, version)
    }
    const scene = new Scene(stage)
    const promote = async (model: string, version: string, alias = 'live') =>
      stage.over((await stage.client.promote(model, { version, alias, rollout: 'all-at-once' })).id)
    scene.ids.over = (await promote('shop', '1.1.0')).id
    await promote('twice', '1.1.0')
    await stage.write('shop/2.0.0.onnx', 'no model')
    await stage.ended('release', 'shop', '2.0.0')
    await stage.write('shop/0.9.0.onnx', timesModel(1))
    await stage.ended('release', 'shop', '0.9.0')
    await stage.over((await stage.client.retire('shop', { version: '0.9.0', reason: 'too old' })).id)
    scene.ids.baking = await scene.baking('busy', '1.1.0')
    await scene.vow()
    return scene
  }

  /** Versions that break what was promised, one that waits for a person, and a rollout that is held. */
  private async vow(): Promise<void> {
    const { stage, ids } = this
    const takes = (...names: string[]) =>
      echoModel(...names.map((name) => ({ name, type: 'float32' }) as const))
    const metrics = (auc: number) =>
      `release: {alias: none, metrics: {auc: {better: higher, margin: 0.01}}}\nsource: {metrics: {auc: ${auc}}}\n`
    const versions: readonly (readonly [string, string, Uint8Array])[] = [
      ['1.0.0', metrics(0.9), takes('a')],
      ['1.1.0', metrics(0.9), takes('a', 'b')],
      ['1.2.0', metrics(0.5), takes('a')],
      ['1.3.0', 'release: {alias: none, approval: four-eyes}\n', takes('a')],
      ['1.4.0', 'release: {alias: none}\n', takes('a')],
      ['1.5.0', 'release: {alias: none, replay: {last: 10, minRows: 1}}\n', takes('a')],
      ['1.6.0', 'release: {alias: none}\ncapture: {samplePercent: 100}\n', takes('z')],
    ]
    for (const [version, manifest, model] of versions) {
      await stage.drop('vow', version, whole({ 'model.onnx': model }, manifest))
      await stage.ended('release', 'vow', version)
    }
    for (const alias of ['staging', 'live'])
      await stage.over(
        (await stage.client.promote('vow', { version: '1.0.0', alias, rollout: 'all-at-once' })).id,
      )
    ids.waiting = (await stage.client.promote('vow', { version: '1.3.0' })).id
    ids.paused = await this.baking('vow', '1.4.0', 'staging')
    await stage.client.controlRollout(ids.paused, 'pause', { reason: 'to look at it' })
  }

  /** @returns the operation of a rollout whose canary has its first share, for an hour */
  private async baking(model: string, version: string, alias = 'live'): Promise<string> {
    const { id } = await this.stage.client.promote(model, { version, alias, rollout: 'canary:10%/3600s' })
    await this.hasCanary(model, version, alias)
    return id
  }

  close(): Promise<void> {
    return this.stage.close()
  }

  async hasCanary(model: string, version: string, alias = 'live'): Promise<void> {
    for (;;) {
      const { aliases } = await this.stage.client.model(model)
      if (aliases[alias]?.canary?.version === version) return
    }
  }

  /** Everything that may not change: what routes, what is released, and what it is. */
  async state(): Promise<unknown> {
    const models = ['alpha', 'churn', 'image', 'tokens', 'shop', 'busy', 'race', 'twice', 'vow']
    const details = await Promise.all(models.map((model) => this.stage.client.model(model)))
    return details.map(({ model, rev, head, aliases, accepted, versions }) => ({
      model,
      rev,
      head,
      aliases,
      accepted,
      versions,
    }))
  }

  /** Somebody else goes on being answered. */
  async answersOthers(): Promise<void> {
    expect(await (await this.post('alpha/invocations', '{"x": 4}')).json()).toEqual({ predictions: [8] })
  }

  post(path: string, body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.stage.url}/models/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: body as string | Uint8Array<ArrayBuffer>,
    })
  }

  remove(path: string): Promise<Response> {
    return fetch(`${this.stage.url}/models/${path}`, { method: 'DELETE' })
  }

  raw(bytes: string | Uint8Array): Promise<Response> {
    return sentRaw(this.stage.url, bytes)
  }

  /** A folder or file of somebody's own. */
  async folder(name: string, content: Content): Promise<string> {
    const folder = join(this.stage.home, '..', 'people', name)
    await mkdir(folder, { recursive: true })
    for (const [path, bytes] of Object.entries(content)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), bytes)
    }
    return folder
  }

  /** Run the command as a script does. */
  async command(...args: string[]): Promise<Answer> {
    const ran = await sluiceRun(['--json', '--platform', this.stage.url, ...args])
    const said = ran.json as Partial<ProblemFacts> & { problem?: ProblemFacts; operation?: Operation }
    const problem = said.code === undefined ? (said.problem ?? said.operation?.problem) : said
    return {
      answer: `exit ${ran.code}`,
      code: String(problem?.code),
      sentence: sentenceOf(String(problem?.detail)),
    }
  }

  /** Drop files into the store, as a release of `dropped-…` 1.0.0, and see what becomes of it. */
  async dropped(model: string, content: Content): Promise<Answer> {
    await this.stage.drop(model, '1.0.0', content)
    return this.outcome(await this.stage.ended('release', model, '1.0.0'))
  }

  outcome({ kind, state, problem }: Operation): Answer {
    return {
      answer: `${kind} ${state}`,
      code: String(problem?.code),
      sentence: sentenceOf(String(problem?.detail)),
    }
  }
}

/** An HTTP refusal, held to all that a problem document is. */
export async function refusedWith(
  code: ProblemCode,
  response: Response | Promise<Response>,
): Promise<Answer> {
  const { status, detail } = await problemIn(await response, code)
  return { answer: `${status}`, code, sentence: sentenceOf(detail) }
}

/** A laptop names everybody as the user whose it is. */
const whoAsks = new RegExp(`${userInfo().username}(?= pushed this|: to look)`)

/** What differs from run to run is left out. */
export function sentenceOf(detail: string): string {
  return detail
    .replace(/retired on [\d-]{10}/, 'retired on …')
    .replace(/(is) (?:RETIRED|DELETING)( already|;)/, '$1 RETIRED$2')
    .replace(whoAsks, 'ada')
    .replaceAll(/\b(promotion|release|rollback)-[0-9a-z]{6,}(?:-[0-9a-z]{6})?\b/g, '$1-…')
}

/** A whole release with a small model, and a manifest that begins so. */
export function released(manifest = '', more: Content = {}): Content {
  return whole({ 'model.onnx': timesModel(2), ...more }, manifest)
}
