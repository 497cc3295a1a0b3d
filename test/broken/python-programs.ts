import { type BrokenModel, example, oneNumber, provenNumber } from './broken-model.ts'

/** A predict.py, and what may stand before and in its functions. */
const program = (load: string, before = '', predict = "    return inputs['x']") =>
  `${before}\n\ndef load(model_dir):\n${load}\n\n\ndef predict(inputs, *model):\n${predict}\n`

/** Models whose manifest is the one given, unless they have one of their own. */
function described(manifest: string, models: readonly BrokenModel[]): readonly BrokenModel[] {
  return models.map((model) => ({ manifest, ...model }))
}

/** Programs in Python that do not load. */
const unloadable: readonly BrokenModel[] = described(oneNumber, [
  {
    what: 'it imports a package that it does not ask for',
    files: { 'predict.py': 'import pandas\n\n\ndef predict(inputs):\n    return []\n' },
    code: 'endpoint-failed',
    told: ["predict.py line 1: the package 'pandas' is missing: add it to requirements.txt"],
  },
  {
    what: 'it asks for a package that there is not',
    files: { 'predict.py': program('    pass'), 'requirements.txt': 'sluice-no-such-package\n' },
    code: 'environment-failed',
    told: ['sluice-no-such-package'],
  },
  {
    what: 'it asks for packages that do not go together',
    files: { 'predict.py': program('    pass'), 'requirements.txt': 'six==1.16.0\nsix==1.17.0\n' },
    code: 'environment-failed',
    told: [/six==1\.16\.0.*six==1\.17\.0/],
  },
  {
    what: 'it asks for a version that is not made for this Python',
    files: { 'predict.py': program('    pass'), 'requirements.txt': 'tensorflow==1.15.0\n' },
    code: 'environment-failed',
    told: ['tensorflow==1.15.0'],
  },
  {
    what: 'its requirements.txt has a line that is none',
    files: { 'predict.py': program('    pass'), 'requirements.txt': 'six\n==1.0 what\n' },
    code: 'requirements-malformed',
    told: ['requirements.txt', 'line 2'],
  },
  {
    what: 'its program is no Python',
    files: { 'predict.py': 'def load(model_dir):\n    return {\n\n\ndef predict(inputs)\n    return 1\n' },
    code: 'endpoint-failed',
    told: [/predict\.py line \d+: SyntaxError: /],
  },
  {
    what: 'its program defines no predict',
    files: { 'predict.py': 'def predicts(inputs):\n    return []\n' },
    code: 'endpoint-failed',
    told: ['predict.py defines no function predict(inputs)'],
  },
  {
    what: 'it opens a file that was not uploaded',
    files: { 'predict.py': program("    return open(model_dir + '/weights.json')") },
    code: 'endpoint-failed',
    told: [/predict\.py line 4: FileNotFoundError: .*weights\.json/],
  },
  {
    what: 'it fails in a file that it imports',
    files: { 'predict.py': program('    pass', 'import columns'), 'columns.py': "NAMES = {}\nNAMES['x']\n" },
    code: 'endpoint-failed',
    told: ["columns.py line 2: KeyError: 'x'"],
  },
  {
    what: 'it never ends to load',
    files: { 'predict.py': program('    while True:\n        pass') },
    code: 'endpoint-failed',
    told: [/not loaded within 60 s.*predict\.py line [45]/],
  },
  {
    what: 'it fetches something while it loads',
    files: {
      'predict.py': program(
        "    return urllib.request.urlopen('http://models.example/weights')",
        'import urllib.request',
      ),
    },
    code: 'endpoint-failed',
    told: [/predict\.py line 4: URLError/, 'put what it fetches into the artifact'],
  },
  {
    what: 'it ends its process while it loads',
    files: { 'predict.py': program('    sys.exit(3)', 'import sys') },
    code: 'endpoint-failed',
    told: ['predict.py line 4: SystemExit: 3'],
  },
  {
    what: 'a native library of it crashes',
    files: { 'predict.py': program('    ctypes.string_at(0)', 'import ctypes') },
    code: 'endpoint-failed',
    told: [/predict\.py line 4.*Segmentation fault/],
  },
  {
    what: 'it takes more memory than it may',
    files: {
      'predict.py': program(
        '    taken = []\n    while True:\n        taken.append(bytearray(50_000_000))\n        time.sleep(0.05)',
        'import time',
      ),
    },
    manifest: `host: { memoryMb: 400 }\n${oneNumber}`,
    code: 'endpoint-failed',
    told: [/it took \d+ MB, and host\.memoryMb allows 400/],
  },
  {
    what: 'it starts a hundred processes',
    files: {
      'predict.py': program(
        "    keep = [subprocess.Popen(['sleep', '600']) for _ in range(100)]\n    time.sleep(30)",
        'import subprocess, time',
      ),
    },
    code: 'endpoint-failed',
    told: [/it started \d+ processes, and 64 are allowed/],
  },
  {
    what: 'it calls itself without end',
    files: { 'predict.py': program('    return load(model_dir)') },
    code: 'endpoint-failed',
    told: [/predict\.py line 4: RecursionError/],
  },
])

/** Programs in Python that load, and do not answer a golden request. */
const unproven: readonly BrokenModel[] = described(
  provenNumber,
  [
    {
      what: 'its predict takes nothing',
      files: { 'predict.py': 'def predict():\n    return [1.0]\n' },
      told: [/TypeError: predict\(\) takes 0 positional arguments/],
    },
    {
      what: 'its predict looks for a column of another name',
      files: { 'predict.py': program('    pass', '', "    return inputs['tenure']") },
      told: ["predict.py line 8: KeyError: 'tenure'"],
    },
    {
      what: 'it answers with fewer entries than there are records',
      files: { 'predict.py': program('    pass', '', '    return []') },
      told: ['the output y has 0 entries for 1 records'],
    },
    {
      what: 'it answers with nothing',
      files: { 'predict.py': program('    pass', '', '    pass') },
      told: ['it returned None: return one entry a record'],
    },
    {
      what: 'it answers with an output of another name',
      files: { 'predict.py': program('    pass', '', "    return {'risk': [1.0]}") },
      told: ['the output y is missing: it returned risk'],
    },
    {
      what: 'it answers with what JSON cannot carry',
      files: { 'predict.py': program('    pass', '', '    return [object()]') },
      told: ['it returned a object, which JSON cannot carry'],
    },
  ].map(({ what, files, told }) => ({
    ...{ what, told, files: { ...files, ...example } },
    code: 'golden-check-failed',
  })),
)

export const pythonPrograms: readonly BrokenModel[] = [...unloadable, ...unproven]
