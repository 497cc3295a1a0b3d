/** The loaded model: inputs of a request in, one entry a record out. */
import { readColumns } from './columns.mjs'
import { importOwnCode } from './own-code.mjs'
import { predictionsOf } from './predictions.mjs'
import { reasonOf } from './reasons.mjs'
import { failsAlone } from './user-code.mjs'
import { readVersion } from './version.mjs'

/** @throws whatever keeps the model from being loaded */
export async function loadPredictor({ versionFile, modelDir, packagesDir }) {
  const version = await readVersion(versionFile, modelDir)
  const { load, predict } = await importOwnCode({ modelDir, packagesDir, entry: version.entry })
  const model = await load?.(modelDir)
  return new Predictor(version, modelDir, (columns) => predict(columns, model))
}

class Predictor {
  #version
  #modelDir
  #predict

  constructor(version, modelDir, predict) {
    this.#version = version
    this.#modelDir = modelDir
    this.#predict = predict
  }

  /** @throws BadRequest, WrongAnswer, and whatever the user's code throws */
  async predict(inputs) {
    const { columns, records } = readColumns(this.#version.inputs, inputs)
    if (records === 0) return []
    const returned = await failsAlone(() => this.#predict(columns))
    return predictionsOf(returned, this.#version.outputs, records)
  }

  reasonOf(error) {
    return reasonOf(error, this.#modelDir)
  }
}
