import { timesModel } from '../harness/onnx-models.ts'
import { until } from '../harness/until.ts'
import { type Answer, type RefusalCase, refusedWith } from './refusal-case.ts'

/** Two people at once: one of them is served, and this is what the other is told. */
export const raceCases: readonly RefusalCase[] = [
  [
    '`sluice push` of one version, twice at once',
    'exit 1',
    'version-exists',
    'pushed-twice 1.0.0 lies in the store already; push under a new version',
    async (scene) => {
      const push = async (name: string, factor: number) => {
        const folder = await scene.folder(name, { 'model.onnx': timesModel(factor) })
        return scene.command('push', folder, '--model', 'pushed-twice', '--version', '1.0.0')
      }
      const both = await Promise.all([push('one', 2), push('two', 3)])
      const refused = both.filter(({ answer }) => answer !== 'exit 0')
      const releases = (await scene.stage.operations('pushed-twice')).filter(({ kind }) => kind === 'release')
      if (releases.length !== 1) throw new Error(`${releases.length} releases`)
      const { sentence, ...answer } = onlyOne(refused)
      // The later one is told by the store, or by the registry where the first is taken in already.
      const told = sentence.replace(
        /is [A-Z]+ already, and versions are immutable/,
        'lies in the store already',
      )
      return { ...answer, sentence: told }
    },
  ],
  [
    'two promotions at once',
    'promotion failed',
    'rollout-under-way',
    "'live' is moving to 1.x.0 (operation promotion-…); wait for it, or roll it back first",
    async (scene) => {
      const { client } = scene.stage
      const rollout = 'canary:10%/3600s'
      const both = await Promise.all(
        ['1.1.0', '1.2.0'].map((version) =>
          client.promote('race', { version, rollout }).catch(() => undefined),
        ),
      )
      const lost = await until('one of them has lost', async () => {
        const seen = await Promise.all(
          both.flatMap((begun) => (begun === undefined ? [] : [client.operation(begun.id)])),
        )
        const over = seen.filter(({ state }) => state === 'failed')
        return over.length > 0 && over
      })
      const { aliases } = await client.model('race')
      if (aliases['live']?.canary === undefined || aliases['live'].stable !== '1.0.0')
        throw new Error(`'live' of race is ${JSON.stringify(aliases['live'])}`)
      const { sentence, ...answer } = onlyOne(lost.map((operation) => scene.outcome(operation)))
      return { ...answer, sentence: sentence.replace(/1\.[12]\.0/, '1.x.0') }
    },
  ],
  [
    'two rollbacks at once',
    '409',
    'nothing-to-return-to',
    '\'live\' has served nothing before 1.0.0; name a version with "to"',
    async (scene) => {
      const ask = () => scene.post('twice/rollbacks', '{"reason": "worse"}')
      const both = await Promise.all([ask(), ask()])
      const refused = both.filter(({ status }) => status !== 202)
      if (refused.length !== 1 || refused[0] === undefined) throw new Error(`${refused.length} were refused`)
      return refusedWith('nothing-to-return-to', refused[0])
    },
  ],
]

function onlyOne(refused: readonly Answer[]): Answer {
  const [first] = refused
  if (refused.length !== 1 || first === undefined)
    throw new Error(`${refused.length} were refused, and one should be`)
  return first
}
