import { describe, expect, test } from '@jest/globals'
import { type TextModel, textModel } from '../../../lib/rules/hugging-face/text-model.ts'
import { textRequirements } from '../../../lib/rules/hugging-face/text-requirements.ts'
import { textSignature } from '../../../lib/rules/hugging-face/text-signature.ts'
import { describeFields, type Signature } from '../../../lib/rules/signature.ts'

type Config = Readonly<Record<string, unknown>>
const bert: Config = { model_type: 'bert', architectures: ['BertForSequenceClassification'] }
const read = (more: Config = {}) => textModel(JSON.stringify({ ...bert, ...more }))
const model = (more: Config = {}) => read(more) as TextModel
const misfit = (more: Config) => (read(more) as { readonly misfit: string }).misfit
const labels = { id2label: { 2: 'good', 0: 'bad', 10: 'best', 1: 'fair' } }

describe('a config of a model of text', () => {
  test('says what it is for, and its labels in the order of their numbers', () => {
    expect(read({ ...labels, vocab_size: 30, transformers_version: '5.24.0' })).toEqual({
      task: 'text classification',
      architecture: 'BertForSequenceClassification',
      labels: ['bad', 'fair', 'good', 'best'],
      answers: 'best',
      vocabularySize: 30,
      savedBy: '5.24.0',
    })
  })

  test('without labels has the two that transformers gives it', () => {
    expect(model().labels).toEqual(['LABEL_0', 'LABEL_1'])
  })

  test.each<[string, Config, TextModel['answers']]>([
    ['several labels', labels, 'best'],
    ['labels that do not exclude each other', { problem_type: 'multi_label_classification' }, 'each'],
    ['one label', { id2label: { 0: 'LABEL_0' } }, 'number'],
    ['a number', { problem_type: 'regression', id2label: { 0: 'LABEL_0' } }, 'number'],
    ['several numbers', { problem_type: 'regression' }, 'each'],
  ])('of %s', (_, more, answers) => {
    expect(model(more).answers).toBe(answers)
  })

  test.each<[string, Config, RegExp]>([
    [
      'of images',
      { model_type: 'vit', architectures: ['ViTForImageClassification'] },
      /^config\.json names ViTForImageClassification, of the type vit; served are models of text, …ForSequenceClassification, …ForTokenClassification or …ForMaskedLM, of the types albert, .* or xlm-roberta; export it as ONNX, or bring a predict\.py/,
    ],
    [
      'of sounds, whose name ends as that of texts',
      { model_type: 'wav2vec2', architectures: ['Wav2Vec2ForSequenceClassification'] },
      /of the type wav2vec2; served are models of text/,
    ],
    ['that generates', { model_type: 'gpt2', architectures: ['GPT2LMHeadModel'] }, /GPT2LMHeadModel/],
    ['without a head', { architectures: ['BertModel'] }, /^config\.json names BertModel/],
    ['without an architecture', { architectures: null }, /no single architecture.*save_pretrained/],
    [
      'with code of its own',
      { auto_map: { AutoModel: 'modeling.Mine' } },
      /^config\.json names code that comes with the model \(auto_map\), and trust_remote_code is never set/,
    ],
    ['with a pipeline of its own', { custom_pipelines: { mine: {} } }, /\(custom_pipelines\)/],
    ['that is quantized', { quantization_config: { bits: 4 } }, /quantization_config/],
    [
      'with one label twice',
      { id2label: { 0: 'good', 1: 'good' } },
      /the label 'good' to more than one number in id2label/,
    ],
  ])('%s is refused, with what is served and what to do', (_, more, why) => {
    expect(misfit(more)).toMatch(why)
  })
})

describe('its signature', () => {
  const said = (found: TextModel, declared?: Signature) => {
    const { inputs, outputs } = textSignature(found, declared)
    return `${describeFields(inputs)} -> ${describeFields(outputs)}`
  }
  const asking = (inputs: readonly string[], outputs: readonly string[]): Signature => ({
    inputs: inputs.map((name) => ({ name, type: 'string', shape: [] })),
    outputs: outputs.map((name) => ({ name, type: 'float32', shape: name === 'scores' ? [4] : [] })),
  })

  test('is a text, the best label and its score', () => {
    expect(said(model(labels))).toBe('text: string -> label: string, score: float32')
    expect(textSignature(model(labels)).outputs[0]?.values).toEqual(['bad', 'fair', 'good', 'best'])
  })

  test('has the scores of all labels, and a second text, where the manifest asks for them', () => {
    expect(said(model(labels), asking(['text', 'text_pair'], ['scores']))).toBe(
      'text: string, text_pair: string -> label: string, score: float32, scores: float32[4]',
    )
    expect(said(model(labels), asking(['text'], ['label']))).toBe(
      'text: string -> label: string, score: float32',
    )
  })

  test('lists no more labels than a record bears', () => {
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [i, `label ${i}`]))
    expect(textSignature(model({ id2label: many })).outputs[0]).toEqual({
      name: 'label',
      type: 'string',
      shape: [],
    })
  })

  test('of a mask has no more words than there are', () => {
    const mask = (vocabulary: Config) => model({ architectures: ['BertForMaskedLM'], ...vocabulary })
    expect(said(mask({}))).toBe('text: string -> words: string[5], scores: float32[5]')
    expect(said(mask({ vocab_size: 3 }))).toBe('text: string -> words: string[3], scores: float32[3]')
  })
})

test.each<[string | undefined, string]>([
  ['5.24.0', 'transformers==5.24.0'],
  ['4.48.3', 'transformers==4.48.3'],
  ['4.40.2', 'transformers>=4.48'],
  ['5.0.0.dev0', 'transformers>=4.48'],
  [undefined, 'transformers>=4.48'],
])('what transformers %s has saved needs %s', (savedBy, line) => {
  expect(textRequirements(savedBy === undefined ? {} : { savedBy })).toBe(`numpy\ntorch\n${line}\n`)
})
