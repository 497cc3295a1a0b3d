import { parentPort } from 'node:worker_threads'
import fc from 'fast-check'
import { parseManifest } from '../../lib/rules/manifest-text.ts'
import { answerOrRefusal } from './refusal.ts'

// In a thread of its own: a jest realm is ten times slower. Whatever is thrown here fails the test that started it.

process.emitWarning = () => {}

const token = fc.constantFrom(
  ...['model: ', 'host: ', 'release: ', 'rollout: ', 'steps: ', 'kind: ', 'canary', 'metrics: ', 'files: '],
  ...[
    '\n',
    '\n  ',
    '\n- ',
    '  ',
    ': ',
    '? ',
    ', ',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '|',
    '>',
    '#',
    '%',
    '---\n',
  ],
  ...['&a ', '*a', '<<: ', '!!set ', '!!omap ', '!!binary ', '!!float ', '!x ', '~', 'null', '.nan', '1e999'],
  ...['__proto__: ', 'constructor: ', '0', '-1', 'true', '\u0000', '\ud800', '\t', '2001-01-01', '\\'],
)
const structured = fc.array(token, { maxLength: 20 }).map((tokens) => tokens.join(''))
const character = fc.nat(0x10ffff).map((code) => String.fromCodePoint(code))
const anything = fc.string({ unit: character, maxLength: 60 })

fc.assert(
  fc.property(fc.oneof({ weight: 3, arbitrary: structured }, { weight: 1, arbitrary: anything }), (text) => {
    answerOrRefusal(() => parseManifest(text))
  }),
  { seed: 1, numRuns: 2000 },
)
parentPort?.postMessage('done')
