import { z } from 'zod'
import { oneOf, shown } from '../problem.ts'

/** What a model of text is for, by the end of its architecture's name. */
const tasks = {
  ForSequenceClassification: 'text classification',
  ForTokenClassification: 'token classification',
  ForMaskedLM: 'filling a mask',
} as const
type Head = keyof typeof tasks
export type TextTask = (typeof tasks)[Head]

/**
 * The types whose models read a text and nothing else; a test saves one of each and asks transformers. Others of the same
 * ending read sounds or pages.
 */
export const textTypes = [
  'albert',
  'bert',
  'camembert',
  'deberta-v2',
  'distilbert',
  'electra',
  'modernbert',
  'mpnet',
  'roberta',
  'xlm-roberta',
] as const

const description = z.looseObject({
  model_type: z.string().optional(),
  architectures: z.array(z.string()).nullish(),
  id2label: z.record(z.string(), z.string()).nullish(),
  problem_type: z.string().nullish(),
  vocab_size: z.int().positive().nullish(),
  transformers_version: z.string().nullish(),
})
const codeKeys = ['auto_map', 'custom_pipelines'] as const
const ownWay = 'export it as ONNX, or bring a predict.py that loads it'

/** A model of text, as its `config.json` describes it. */
export interface TextModel {
  readonly task: TextTask
  /** `BertForSequenceClassification`. */
  readonly architecture: string
  /** In the order of their numbers. */
  readonly labels: readonly string[]
  /** What a classification of texts answers: the best of its labels, each label by itself, or a number. */
  readonly answers: 'best' | 'each' | 'number'
  readonly vocabularySize?: number
  /** The version of transformers that saved it. */
  readonly savedBy?: string
}

/** What a `config.json` names, where it is one of transformers. @returns undefined where it is somebody else's */
export function namedIn(text: string): string | undefined {
  const { architectures, model_type: type } = configIn(text) ?? {}
  return architectures?.[0] ?? type
}

/**
 * @param config the text of a `config.json` that names something @param tokenizer that of a `tokenizer_config.json`
 * @returns why it cannot be served
 */
export function textModel(config: string, tokenizer = ''): TextModel | { readonly misfit: string } {
  const found = configIn(config) ?? {}
  const fault =
    codeIn('config.json', config) ?? codeIn('tokenizer_config.json', tokenizer) ?? quantized(found)
  if (fault !== undefined) return { misfit: fault }
  const [architecture = '', ...others] = found.architectures ?? []
  const head = headOf(architecture)
  const type = found.model_type ?? 'nothing'
  if (architecture === '' || others.length > 0)
    return {
      misfit: `config.json names the type ${type} and no single architecture, so it does not say what it answers; save it by save_pretrained of the class that was trained, for example AutoModelForSequenceClassification`,
    }
  if (head === undefined || !textTypes.some((known) => known === type)) return unserved(architecture, type)
  const labels = labelsOf(found)
  if (typeof labels === 'string') return { misfit: labels }
  return {
    ...{ task: tasks[head], architecture, labels, answers: answersOf(found.problem_type, labels) },
    ...(found.vocab_size != null && { vocabularySize: found.vocab_size }),
    ...(found.transformers_version != null && { savedBy: found.transformers_version }),
  }
}

type Config = z.output<typeof description>

function configIn(text: string): Config | undefined {
  try {
    return description.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** Code that came with a model would run with all that its server may do. */
function codeIn(file: string, text: string): string | undefined {
  const found = configIn(text) ?? {}
  const key = codeKeys.find((one) => found[one] != null)
  if (key === undefined) return undefined
  return `${file} names code that comes with the model (${key}), and trust_remote_code is never set; save it with transformers' own classes, or ${ownWay}`
}

function quantized(found: Config): string | undefined {
  if (found['quantization_config'] == null) return undefined
  return `config.json has a quantization_config, whose packages are for GPUs; save it with its full weights, or ${ownWay}`
}

function headOf(architecture: string): Head | undefined {
  return (Object.keys(tasks) as Head[]).find((head) => architecture.endsWith(head))
}

function unserved(architecture: string, type: string) {
  const heads = oneOf(Object.keys(tasks).map((head) => `…${head}`))
  return {
    misfit: `config.json names ${architecture}, of the type ${type}; served are models of text, ${heads}, of the types ${oneOf(textTypes)}; ${ownWay}`,
  }
}

/** What transformers leaves out where nobody gave it: two labels. @returns a sentence where they cannot be told apart */
function labelsOf({ id2label }: Config): readonly string[] | string {
  const named = Object.entries(id2label ?? { 0: 'LABEL_0', 1: 'LABEL_1' })
  const labels = named.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, label]) => label)
  const twice = labels.find((label, i) => labels.indexOf(label) !== i)
  return twice === undefined
    ? labels
    : `config.json gives the label ${shown(twice)} to more than one number in id2label; name each once`
}

/** As transformers' own pipeline decides it. */
function answersOf(problem: string | null | undefined, { length }: readonly string[]): TextModel['answers'] {
  if (problem === 'regression' && length > 1) return 'each'
  if (problem === 'regression' || length === 1) return 'number'
  return problem === 'multi_label_classification' ? 'each' : 'best'
}
