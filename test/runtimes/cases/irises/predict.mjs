import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DecisionTreeRegression } from 'ml-cart'

export async function load(modelDir) {
  return DecisionTreeRegression.load(JSON.parse(await readFile(join(modelDir, 'tree.json'), 'utf8')))
}

export function predict({ sepal_length, sepal_width, petal_length }, tree) {
  if (sepal_length.some((length) => length < 0)) throw new RangeError('no such flower')
  return tree.predict(sepal_length.map((length, i) => [length, sepal_width[i], petal_length[i]]))
}
