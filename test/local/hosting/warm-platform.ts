/** A process that stands for a platform: it starts two versions, one cold and one warm, says their ids, and waits. */
import { WarmWorld } from './warm-world.ts'

const [root = '', python = ''] = process.argv.slice(2)
const who = 'import numpy, os\ndef predict(inputs):\n    return [os.getpid()]\n'
const world = new WarmWorld(root, python)
const cold = await world.start('cold', { 'predict.py': who })
const parent = await world.parent()
const warm = await world.start('warm', { 'predict.py': who })
console.log(JSON.stringify([parent, await cold.ask(0), await warm.ask(0)]))
