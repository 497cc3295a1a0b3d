import type { Field, Signature } from '../signature.ts'
import type { TextModel } from './text-model.ts'

const text = { name: 'text', type: 'string', shape: [] } as const
/** The second text, of models that compare two. */
const pair = { name: 'text_pair', type: 'string', shape: [] } as const
/** More labels are not listed: a signature stands in the version's record. */
const mostListed = 100
/** How many words a mask is filled with, the likeliest first. */
const mostWords = 5

/**
 * What a model of text takes and answers. A config does not say whether a model was trained on pairs of texts, and few want
 * the score of every label: the manifest asks for either.
 */
export function textSignature(model: TextModel, declared?: Signature): Signature {
  const takesPairs =
    model.task === 'text classification' && (declared?.inputs.some(({ name }) => name === pair.name) ?? false)
  return { inputs: takesPairs ? [text, pair] : [text], outputs: outputsOf(model, declared) }
}

function outputsOf(model: TextModel, declared?: Signature): readonly Field[] {
  if (model.task === 'token classification') return entities
  if (model.task === 'filling a mask') {
    const shape = [Math.min(mostWords, model.vocabularySize ?? mostWords)]
    return [
      { name: 'words', type: 'string', shape },
      { name: 'scores', type: 'float32', shape },
    ]
  }
  const scores = { name: 'scores', type: 'float32', shape: [model.labels.length] } as const
  const score = { name: 'score', type: 'float32', shape: [] } as const
  if (model.answers === 'number') return [score]
  const asked = declared?.outputs.some(({ name }) => name === scores.name) ?? false
  const listed = model.labels.length <= mostListed ? { values: model.labels } : {}
  const label = { name: 'label', type: 'string', shape: [], ...listed } as const
  if (model.answers === 'each') return declared === undefined ? [scores] : [label, score, scores]
  return asked ? [label, score, scores] : [label, score]
}

/** The entities in a text, one behind the other: as many as there are. */
const entities: readonly Field[] = [
  { name: 'labels', type: 'string', shape: [null] },
  { name: 'words', type: 'string', shape: [null] },
  { name: 'scores', type: 'float32', shape: [null] },
  { name: 'starts', type: 'int64', shape: [null] },
  { name: 'ends', type: 'int64', shape: [null] },
]
