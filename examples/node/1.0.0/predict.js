import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DecisionTreeClassifier } from 'ml-cart'

export async function load(modelDir) {
  const { species, tree } = JSON.parse(await readFile(join(modelDir, 'tree.json'), 'utf8'))
  return { species, tree: DecisionTreeClassifier.load(tree) }
}

export function predict({ sepal_length, sepal_width, petal_length, petal_width }, { species, tree }) {
  const rows = sepal_length.map((length, i) => [length, sepal_width[i], petal_length[i], petal_width[i]])
  return tree.predict(rows).map((index) => species[index])
}
