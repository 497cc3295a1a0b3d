import { join } from 'node:path'
import { describe } from '@jest/globals'
import { noR } from '../harness/r.ts'
import { ownServerContract } from './own-server-contract.ts'

const template = join(import.meta.dirname, '..', '..', 'model-templates', 'r')
const models = join(import.meta.dirname, 'r')
const suite = noR === undefined ? describe : describe.skip

suite('the r runtime', () => {
  ownServerContract({
    command: () => ['sh', join(template, 'serve.sh')],
    echo: () => join(models, 'echo'),
    echoEntry: 'predict.R',
    moody: () => join(models, 'moody'),
    moodyEntry: 'predict.R',
    listensToTheEnd: true,
    faults: [
      ['fail', "moods.R line 12: Error: object 'tenure' not found"],
      ['look away', 'moods.R line 15: Error: cannot open the connection'],
      ['leave', 'moods.R line 18: Error: it calls quit(), and a server has to stay'],
      ['fail by name', 'moods.R line 21: too_young: it is 3'],
      ['need a package', "moods.R line 24: the package 'absent.package' is missing: add it to renv.lock"],
      ['never stop', 'evaluation nested too deeply: infinite recursion'],
      ['turn away', 'moods.R line 32: Error: after a sink'],
      ['one too few', "the model's answer does not fit: the output prediction has 1 entries for 2 records"],
      ['nothing', "the model's answer does not fit: it returned NULL: return one entry a record"],
      [
        'a function',
        "the model's answer does not fit: the output prediction holds a function, which JSON cannot carry",
      ],
    ],
  })
})
