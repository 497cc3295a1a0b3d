import type { Field, Signature } from '../signature.ts'

/**
 * The signature of a script whose model is a scikit-learn model: the inputs are the model's, and the one output is what
 * the script asks of it. Without a predict_fn the model's predict answers, as in SageMaker's own container.
 * @param model what the model file beside the script tells of itself
 */
export function scriptSignature(source: string, model: Signature): Signature | { readonly unknown: string } {
  const probabilities = /\.predict_proba\s*\(/.test(source)
  const predicts = /\.predict\s*\(/.test(source)
  const decides = /^(?:async[ \t]+)?def[ \t]+(?:predict_fn|transform_fn)\b/m.test(source)
  if (probabilities && predicts) return { unknown: 'the script calls predict and predict_proba' }
  if (decides && !probabilities && !predicts)
    return { unknown: 'the script calls neither predict nor predict_proba of its model' }
  const output = probabilities ? probabilitiesOf(source, model) : model.outputs[0]
  return output === undefined
    ? { unknown: 'the script asks for probabilities, which the model beside it does not give' }
    : { inputs: model.inputs, outputs: [output] }
}

/** All of them, or that of one class, where one column is taken. */
function probabilitiesOf(source: string, { outputs }: Signature): Field | undefined {
  const all = outputs.find(({ name }) => name === 'probabilities')
  const ofOneClass = /\.predict_proba\s*\([^()]*\)\s*\[\s*:\s*,\s*-?\d+\s*\]/.test(source)
  return ofOneClass && all !== undefined ? { name: 'probability', type: 'float64', shape: [] } : all
}
