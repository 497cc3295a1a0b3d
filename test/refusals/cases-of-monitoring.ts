import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { mostFeedback } from '../../lib/rules/feedback/feedback.ts'
import { asked } from './asked.ts'
import { type RefusalCase, refusedWith, released, type Scene } from './refusal-case.ts'

/** A release that asks to be watched in a way that it cannot be. */
const unwatchable = (
  input: string,
  code: RefusalCase[2],
  [manifest, baseline]: readonly [manifest: string, baseline?: string],
  sentence: string,
): RefusalCase => [
  input,
  'release failed',
  code,
  sentence,
  (scene) =>
    scene.dropped(
      `watched-${input
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-')
        .slice(0, 30)}1`,
      released(manifest, baseline === undefined ? {} : { 'baseline.csv': baseline }),
    ),
]

/** What is asked of a model without a body, or with one where POST is not the method. */
const sent = (
  input: string,
  answer: '404' | '409',
  code: RefusalCase[2],
  [method, place, body]: readonly [method: string, place: string, body?: unknown],
  sentence: string,
): RefusalCase => {
  const send = ({ stage }: Scene) =>
    fetch(`${stage.url}/models/${place}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  return [input, answer, code, sentence, (scene) => refusedWith(code, send(scene))]
}

/** What is asked while a document of monitoring says something that it does not say usually. */
const beside = (
  input: string,
  answer: '409' | '500',
  code: RefusalCase[2],
  [document, text]: readonly [document: string, text: string],
  [place, body]: readonly [place: string, body?: unknown],
  sentence: string,
): RefusalCase => [
  input,
  answer,
  code,
  sentence,
  async ({ stage }) => {
    const file = join(stage.home, 'monitoring', document)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
    try {
      const asking = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
      return await refusedWith(code, fetch(`${stage.url}/models/${place}`, asking))
    } finally {
      await rm(file)
    }
  },
]

/** A command as somebody types it. */
const typed = (code: RefusalCase[2], line: string, sentence: string): RefusalCase => [
  `\`sluice ${line}\``,
  'exit 1',
  code,
  sentence,
  (scene) => scene.command(...line.split(' ')),
]

const quality = (of: string) => `release: {limits: {quality: {${of}}}}\n`
const captured = 'capture: {samplePercent: 100}\n'

export const monitoringCases: readonly RefusalCase[] = [
  unwatchable(
    'a baseline of other columns',
    'baseline-invalid',
    ['', 'age\n41\n'],
    "the columns of baseline.csv are not those of the model: 'age' is neither input nor output; of the inputs it has no 'x'; a baseline has the inputs by name, and outputs where they are known: leave other columns out",
  ),
  unwatchable(
    'a baseline without rows',
    'baseline-invalid',
    ['', 'x\n'],
    'baseline.csv has no rows: write what the model was trained on, or leave the file out',
  ),
  unwatchable(
    'a baseline of words for numbers',
    'baseline-invalid',
    ['', 'x\nmany\n'],
    "row 1 of baseline.csv has 'many' under 'x', and x: float32 is allowed, or nothing where the value is missing",
  ),
  unwatchable(
    'a field hidden that there is not',
    'manifest-invalid',
    ['capture: {mask: [email]}\n'],
    "capture hides 1 field that the signature does not have: 'email'; it has x, y",
  ),
  unwatchable(
    'more than all calls recorded',
    'manifest-invalid',
    ['capture: {samplePercent: 200}\n'],
    'line 1: /capture/samplePercent is 200; allowed is a number of at most 100',
  ),
  unwatchable(
    'a webhook that is not https',
    'manifest-invalid',
    ['drift: {onDrift: {webhook: "http://example.org"}}\n'],
    "line 1: /drift/onDrift/webhook is 'http://example.org'; allowed is an https URL, or http to this machine: http is taken only where it leads to this machine (localhost, 127.0.0.1)",
  ),
  unwatchable(
    'a rollout held to feedback on calls that nobody records',
    'manifest-invalid',
    [quality('metric: mae')],
    "release.limits.quality holds 'y' to feedback, and calls are joined to it only where they are recorded: set capture.samplePercent, and leave 'y' out of mask and hash",
  ),
  unwatchable(
    'a rollout held to an output that there is not',
    'manifest-invalid',
    [captured + quality('metric: mae, output: z')],
    "release.limits.quality names 'z', and the outputs are y",
  ),
  unwatchable(
    'a rollout held to a metric that there is not',
    'manifest-invalid',
    [captured + quality('metric: f1')],
    "line 2: /release/limits/quality/metric is 'f1'; allowed is accuracy, auc, brier, logLoss, mae or rmse",
  ),
  asked(
    'feedback that does not say what it was',
    '400',
    'request-malformed',
    'alpha/feedback',
    { requestId: 'a' },
    '/actual is missing; a number, a boolean or a string is needed',
  ),
  asked(
    'feedback that it was nothing',
    '400',
    'request-malformed',
    'alpha/feedback',
    { requestId: 'a', actual: null },
    '/actual is null; allowed is a number, a boolean or a string',
  ),
  asked(
    'feedback on no call',
    '400',
    'request-malformed',
    'alpha/feedback',
    [],
    'the body holds a list of 0; allowed is a list of at least 1',
  ),
  asked(
    'feedback on too many calls at once',
    '400',
    'request-malformed',
    'alpha/feedback',
    Array.from({ length: mostFeedback + 1 }, () => ({ requestId: 'a', actual: 1 })),
    'the body holds a list of 10001; allowed is a list of at most 10000',
  ),
  asked(
    'feedback on a model that is not there',
    '404',
    'model-unknown',
    'nobody/feedback',
    { requestId: 'a', actual: 1 },
    "there is no model 'nobody' here; sluice list shows the models there are",
  ),
  asked(
    'a shadow that the alias serves',
    '409',
    'already-live',
    'shop/shadows',
    { version: '1.1.0', reason: 'x' },
    "'live' serves 1.1.0 already; the shadow of a version is another one",
  ),
  asked(
    'a shadow that is not there',
    '404',
    'version-unknown',
    'shop/shadows',
    { version: '9.9.9', reason: 'x' },
    "'shop' has no version 9.9.9",
  ),
  asked(
    'a shadow that was retired',
    '410',
    'version-retired',
    'shop/shadows',
    { version: '0.9.0', reason: 'x' },
    'shop 0.9.0 was retired on …',
  ),
  asked(
    'a shadow of no calls',
    '400',
    'request-malformed',
    'shop/shadows',
    { version: '1.2.0', samplePercent: 0, reason: 'x' },
    '/samplePercent is 0; allowed is a number above 0',
  ),
  asked(
    'a shadow that answers nothing that is answered',
    '409',
    'not-comparable',
    'vow/shadows',
    { version: '1.6.0', reason: 'x' },
    'vow 1.0.0 answers echo_a, and 1.6.0 echo_z: they have no output in common',
  ),
  sent(
    'the end of a shadow that there is not',
    '409',
    'no-shadow',
    ['DELETE', 'shop/shadows/live', { reason: 'x' }],
    "no version answers in the shadow of 'live' of 'shop'",
  ),
  asked(
    'a comparison of versions that answer nothing alike',
    '409',
    'not-comparable',
    'vow/comparisons',
    { a: '1.0.0', b: '1.6.0' },
    'vow 1.0.0 answers echo_a, and 1.6.0 echo_z: they have no output in common',
  ),
  asked(
    'a comparison by no request',
    '400',
    'request-malformed',
    'shop/comparisons',
    { a: '1.0.0', b: '1.1.0', last: 0 },
    '/last is 0; allowed is a number of at least 1',
  ),
  sent(
    'a comparison that is not kept',
    '404',
    'comparison-unknown',
    ['GET', 'shop/comparisons/none'],
    "no comparison 'none' of shop is kept",
  ),
  beside(
    'a comparison beside another of the model',
    '409',
    'comparison-under-way',
    [
      'shop/comparisons/2999-01-01T00-00-00Z-mine.json',
      '{"runsUntil": 99999999999999, "report": {"a": "1.0.0", "b": "1.1.0"}}',
    ],
    ['shop/comparisons', { a: '1.0.0', b: '1.2.0' }],
    'shop 1.0.0 and 1.1.0 are being compared',
  ),
  beside(
    'drift from a baseline that somebody has edited',
    '500',
    'sketch-unreadable',
    ['vow/1.6.0/baseline.json', '{"columns": '],
    ['vow/drift'],
    'the baseline cannot be read: it is no JSON',
  ),
  sent(
    'the drift of a model that is not there',
    '404',
    'model-unknown',
    ['GET', 'nobody/drift'],
    "there is no model 'nobody' here; sluice list shows the models there are",
  ),
  [
    'a promotion that is to be replayed on requests that nobody recorded',
    'promotion failed',
    'replay-differs',
    'vow 1.5.0 was compared with 1.0.0 on 0 recorded requests, and 1 is needed',
    async (scene) => {
      const { id } = await scene.stage.client.promote('vow', { version: '1.5.0', reason: 'x' })
      return scene.outcome(await scene.stage.over(id))
    },
  ],
  typed('usage', 'shadow shop 1.2.0', 'say why, for the history: --reason TEXT'),
  typed(
    'usage',
    'shadow shop 1.2.0 --off --reason x',
    'name a version, or end the one that there is with --off, not both',
  ),
  typed(
    'no-shadow',
    'shadow shop --off --reason x --dry-run',
    "no version answers in the shadow of 'live' of 'shop'",
  ),
  typed('usage', 'feedback alpha nowhere.csv', 'nowhere.csv cannot be read: ENOENT'),
  typed('version-unknown', 'compare shop 1.0.0 9.9.9', "'shop' has no version 9.9.9"),
]
