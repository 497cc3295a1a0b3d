#!/usr/bin/env node
// Plain JavaScript, so that a Node that cannot read the rest can still say so.
const [major] = process.versions.node.split('.').map(Number)
if (major < 24) {
  console.error(`sluice needs Node 24 or newer, and this is ${process.versions.node}.`)
  console.error('In the repository run it as `npm run --silent sluice -- VERB`: npm brings Node 24 along.')
  process.exit(1)
}
// A wait of a state machine whose moment has passed is over: that Node says so would only worry people.
const { emitWarning } = process
process.emitWarning = (warning, type, ...rest) => {
  if (type !== 'TimeoutNegativeWarning') emitWarning.call(process, warning, type, ...rest)
}
const { enableCompileCache } = await import('node:module')
enableCompileCache()
const { main } = await import('../cli/main.ts')
await main(process.argv)
