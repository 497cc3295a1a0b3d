import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { timesModel } from '../harness/onnx-models.ts'
import { manifestOf } from '../journeys/stage.ts'
import { type RefusalCase, released } from './refusal-case.ts'

const mistake = 'exit 1'

/** A command as somebody types it; FOLDER stands for a release of theirs. */
const typed = (
  code: RefusalCase[2],
  line: string,
  sentence: string,
  content: Readonly<Record<string, string | Uint8Array>> = released(),
  answer = mistake,
): RefusalCase => [
  `\`sluice ${line}\``,
  answer,
  code,
  sentence,
  async (scene) => {
    const folder = await scene.folder('release', content)
    return scene.command(...line.split(' ').map((word) => (word === 'FOLDER' ? folder : word)))
  },
]

export const commandCases: readonly RefusalCase[] = [
  typed(
    'version-exists',
    'push FOLDER --model alpha --version 1.0.0',
    'alpha 1.0.0 is READY already, and versions are immutable; push under a new version',
  ),
  typed(
    'version-exists',
    'push FOLDER --model shop --version 0.9.0',
    'shop 0.9.0 is RETIRED already, and versions are immutable; push under a new version',
  ),
  typed('usage', 'push nowhere --model alpha --version 1.0.1', 'there is nothing at nowhere'),
  typed(
    'usage',
    'push FOLDER',
    'release does not say which model it is; write `model:` and `version:` in model.yaml, or add --model NAME --version 1.0.0',
  ),
  typed(
    'usage',
    'push package.json --model alpha --version 1.0.1',
    'package.json is no model; a file ends in .onnx, .tar.gz, .zip, .joblib, .skops, .pkl, .ubj or .bst',
  ),
  typed(
    'model-name-malformed',
    'push FOLDER --model ../alpha --version 1.0.1',
    "'../alpha' is not a model name; allowed are 2 to 40 of a-z, 0-9 and -, a letter first and no - at the end",
  ),
  typed(
    'model-name-malformed',
    'push FOLDER --model constructor --version 1.0.1',
    "'constructor' is a reserved word and cannot name a model; choose another name",
  ),
  typed(
    'version-malformed',
    'push FOLDER --model alpha --version 1.0',
    "'1.0' is not a version; allowed is MAJOR.MINOR.PATCH with an optional -prerelease, at most 32 characters, no build metadata, for example 1.4.0",
  ),
  typed(
    'version-malformed',
    'push FOLDER --model alpha --version 1.0.0/../2.0.0',
    "'1.0.0/../2.0.0' is not a version; allowed is MAJOR.MINOR.PATCH with an optional -prerelease, at most 32 characters, no build metadata, for example 1.4.0",
  ),
  typed(
    'version-malformed',
    'push FOLDER --model alpha --version 1.0.0+build',
    "'1.0.0+build' is not a version; allowed is MAJOR.MINOR.PATCH with an optional -prerelease, at most 32 characters, no build metadata, for example 1.4.0",
  ),
  typed('version-unknown', 'promote alpha 9.9.9', "'alpha' has no version 9.9.9"),
  typed(
    'version-not-ready',
    'promote shop 2.0.0',
    'shop 2.0.0 is FAILED, and must be READY: model.onnx: the file ends in .onnx and is no ONNX model; export it again and compare its size',
  ),
  typed('version-retired', 'promote shop 0.9.0', 'shop 0.9.0 was retired on …'),
  typed('already-live', 'promote alpha 1.0.0', "'live' of 'alpha' serves 1.0.0 already"),
  typed(
    'alias-malformed',
    'promote alpha 1.0.0 --alias previous',
    "'previous' follows 'live' by itself; move another alias",
  ),
  typed(
    'rollout-malformed',
    'promote shop 1.2.0 --rollout canary:10%',
    "'canary:10%' is no rollout; allowed are all-at-once, canary:10%/600s,50%/600s and linear:20%/60s (a step of 2 to 50 %)",
  ),
  typed(
    'model-name-malformed',
    'promote .. 1.0.0',
    "'..' is not a model name; allowed are 2 to 40 of a-z, 0-9 and -, a letter first and no - at the end",
  ),
  typed(
    'model-name-malformed',
    'promote alpha%2e 1.0.0',
    "'alpha%2e' is not a model name; allowed are 2 to 40 of a-z, 0-9 and -, a letter first and no - at the end",
  ),
  typed(
    'nothing-to-return-to',
    'rollback alpha --reason worse',
    '\'live\' has served nothing before 1.0.0; name a version with "to"',
  ),
  typed(
    'model-name-malformed',
    'rollback ../alpha --reason worse',
    "'../alpha' is not a model name; allowed are 2 to 40 of a-z, 0-9 and -, a letter first and no - at the end",
  ),
  typed(
    'still-in-use',
    'retire alpha 1.0.0 --reason old',
    "alpha 1.0.0 is still in use: it is reached by alias 'live'; it is reached by callers of the range '1.0'",
  ),
  typed(
    'model-name-malformed',
    'retire alpha/../shop 1.0.0 --reason old',
    "'alpha/../shop' is not a model name; allowed are 2 to 40 of a-z, 0-9 and -, a letter first and no - at the end",
  ),
  typed('request-invalid', 'invoke alpha --data {}', "'/x' is missing, and x: float32 is needed"),
  typed(
    'body-malformed',
    'invoke alpha --data {x:1}',
    "the body is not JSON: Expected property name or '}' in JSON at position 1 (line 1 column 2)",
  ),
  typed('usage', 'invoke alpha --file nowhere.json', 'nowhere.json cannot be read'),
  typed('usage', 'invoke alpha --version 1 --alias live --data 1', 'name a version or an alias, not both'),
  typed(
    'version-malformed',
    'invoke alpha --version ../../x --data 1',
    "'../../x' is neither a version nor a range; allowed are 1.4.0, 1, 1.2, 1.x, ^1.2 and ~1.2.3",
  ),
  typed(
    'alias-malformed',
    'invoke alpha --alias ../live --data 1',
    "'../live' is not an alias; allowed are 1 to 39 of a-z, 0-9 and -, a letter first",
  ),
  [
    '`sluice push` of a manifest with five faults',
    mistake,
    'manifest-invalid',
    "line 1: /runtme is the unknown key 'runtme', did you mean 'runtime'? Allowed is model, version, runtime, image, container, host, signature, examples, unsafePickle, release, capture, drift, source or files; 5 faults in all",
    async (scene) => {
      const manifest =
        'runtme: onnx\nhost: {memoryMb: 1}\nrelease: {alias: Live, approval: maybe}\nexamples: [{request: ../secret}]\n'
      const folder = await scene.folder('five-faults', {
        'model.onnx': timesModel(2),
        'model.yaml': manifest,
      })
      return scene.command('push', folder, '--model', 'pushed-faults', '--version', '1.0.0')
    },
  ],
  [
    '`sluice push` of a folder without a model',
    'exit 2',
    'artifact-unrecognised',
    'there is nothing that is known as a model or a program among: readme.txt; bring MLmodel, code/inference.py, data.txt, config.json, predict.py, predict.R, predict.js, .jar, Dockerfile, an `image:` in model.yaml, graph.yaml, .onnx, .joblib, .pkl, .pickle, .skops, .ubj, .bst, .json, .txt or .pt',
    async (scene) => {
      const folder = await scene.folder('no-model', { 'readme.txt': 'hello' })
      return scene.command('push', folder, '--model', 'pushed-nothing', '--version', '1.0.0')
    },
  ],
  [
    '`sluice push` of text that is called .onnx',
    'exit 2',
    'artifact-corrupt',
    'model.onnx: the file ends in .onnx and is no ONNX model; export it again and compare its size',
    async (scene) => {
      const folder = await scene.folder('text', {})
      await writeFile(join(folder, 'text.onnx'), 'hello')
      return scene.command('push', join(folder, 'text.onnx'), '--model', 'pushed-text', '--version', '1.0.0')
    },
  ],
  [
    '`sluice check` of half an ONNX file',
    mistake,
    'artifact-corrupt',
    'model.onnx: the file ends in .onnx and is no ONNX model; export it again and compare its size',
    async (scene) => {
      const half = { 'model.onnx': timesModel(2).slice(0, 60) }
      const folder = await scene.folder('half', { ...half, 'model.yaml': manifestOf(half) })
      return scene.command('check', folder, '--model', 'half', '--version', '1.0.0')
    },
  ],
]
