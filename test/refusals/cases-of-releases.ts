import { echoModel, timesModel } from '../harness/onnx-models.ts'
import { manifestOf } from '../journeys/stage.ts'
import { type RefusalCase, released } from './refusal-case.ts'

/** A release that is dropped into the store as a folder. */
const dropped = (
  input: string,
  code: RefusalCase[2],
  content: Readonly<Record<string, string | Uint8Array>>,
  sentence: string,
): RefusalCase => [
  input,
  'release failed',
  code,
  sentence,
  (scene) =>
    scene.dropped(
      `dropped-${input
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-')
        .slice(0, 30)}1`,
      content,
    ),
]

const model = { 'model.onnx': timesModel(2) }

export const releaseCases: readonly RefusalCase[] = [
  dropped(
    'a manifest with five faults',
    'manifest-invalid',
    released(
      'runtme: onnx\nhost: {memoryMb: 1}\nrelease: {alias: Live, approval: maybe}\nexamples: [{request: ../secret}]\n',
    ),
    "line 1: /runtme is the unknown key 'runtme', did you mean 'runtime'? Allowed is model, version, runtime, image, container, host, signature, examples, unsafePickle, release, capture, drift, source or files; 5 faults in all",
  ),
  dropped(
    'a manifest that is no YAML',
    'manifest-invalid',
    { ...model, 'model.yaml': 'model: [' },
    'line 1: model.yaml is no YAML that can be taken: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ),
  dropped(
    'a manifest that is a list',
    'manifest-invalid',
    { ...model, 'model.yaml': '- 1\n' },
    'line 1: model.yaml holds [1]; allowed is an object',
  ),
  dropped(
    'a manifest with a key twice',
    'manifest-invalid',
    released('runtime: onnx\nruntime: python\n'),
    "line 2: model.yaml is no YAML that can be taken: the key 'runtime' stands there twice",
  ),
  dropped(
    'a manifest nested 50,000 deep',
    'manifest-invalid',
    { ...model, 'model.yaml': `model: ${'['.repeat(50_000)}` },
    'line 1: model.yaml is no YAML that can be taken: it nests too deeply',
  ),
  dropped(
    'a manifest whose aliases unfold',
    'manifest-invalid',
    {
      ...model,
      'model.yaml': [
        'x0: &x0 lol',
        ...Array.from({ length: 20 }, (_, i) => `x${i + 1}: &x${i + 1} [${`*x${i}, `.repeat(9)}*x${i}]`),
      ].join('\n'),
    },
    'model.yaml holds aliases that unfold without end; allowed is at most 100 of them',
  ),
  dropped(
    'a manifest of a megabyte',
    'manifest-invalid',
    { ...model, 'model.yaml': `# ${'x'.repeat(1_000_000)}` },
    'model.yaml holds 1000002 characters; allowed is at most 1000000',
  ),
  dropped(
    'a manifest with half a character',
    'manifest-invalid',
    released('source: {author: "\\ud800"}\n'),
    'line 1: model.yaml is no YAML that can be taken: a text holds half of a surrogate pair, which is no character',
  ),
  dropped(
    'a manifest of another model',
    'manifest-invalid',
    released('model: other\nversion: 9.0.0\n'),
    "/model is 'other'; allowed is 'dropped-a-manifest-of-another-model1', as the place in the store says; 2 faults in all",
  ),
  dropped(
    'a rollout that cannot be carried out',
    'manifest-invalid',
    released(
      'release: {rollout: {kind: canary, steps: [{weightPercent: 50, bakeTimeSeconds: 1}, {weightPercent: 10, bakeTimeSeconds: 1}]}}\n',
    ),
    'line 1: /release/rollout is {"kind":"canary","steps":[{"weightPercent":50,"bakeTimeSe...; allowed is weights that rise from step to step and stay below 100 %',
  ),
  dropped(
    'an example that is not there',
    'manifest-invalid',
    released('examples: [{request: nowhere.json}]\n'),
    "the manifest names examples that were not uploaded: 'nowhere.json'",
  ),
  dropped(
    'an example outside of the release',
    'manifest-invalid',
    released('examples: [{request: ../../registry.sqlite}]\n'),
    "line 1: /examples/0/request is '../../registry.sqlite'; allowed is a path inside the release folder, without .. or control characters",
  ),
  dropped(
    'an example that is answered otherwise',
    'golden-check-failed',
    released('examples: [{request: one.json, expect: two.json}]\n', {
      'one.json': '{"x": 1}',
      'two.json': '{"predictions": [3]}',
    }),
    'dropped-an-example-that-is-answered-ot1 1.0.0 did not answer 1 of 1 example as expected: one.json',
  ),
  dropped(
    'text that is called .onnx',
    'artifact-corrupt',
    { 'model.onnx': 'hello', 'model.yaml': manifestOf({ 'model.onnx': 'hello' }) },
    'model.onnx: the file ends in .onnx and is no ONNX model; export it again and compare its size',
  ),
  dropped(
    'an empty file',
    'artifact-corrupt',
    { 'model.onnx': '', 'model.yaml': manifestOf({ 'model.onnx': '' }) },
    'model.onnx: the file ends in .onnx and is no ONNX model; export it again and compare its size',
  ),
  dropped(
    'half an ONNX file',
    'artifact-corrupt',
    {
      'model.onnx': timesModel(2).slice(0, 60),
      'model.yaml': manifestOf({ 'model.onnx': timesModel(2).slice(0, 60) }),
    },
    'model.onnx: the file ends in .onnx and is no ONNX model; export it again and compare its size',
  ),
  dropped(
    'an input called `__proto__`',
    'onnx-unsupported',
    {
      'model.onnx': echoModel({ name: '__proto__', type: 'float32' }),
      'model.yaml': manifestOf({ 'model.onnx': echoModel({ name: '__proto__', type: 'float32' }) }),
    },
    "this ONNX model cannot be served: one of its inputs is called '__proto__', which no request can name; rename it",
  ),
  dropped(
    'two inputs of one name',
    'onnx-unsupported',
    {
      'model.onnx': echoModel({ name: 'x', type: 'float32' }, { name: 'x', type: 'float32' }),
      'model.yaml': manifestOf({
        'model.onnx': echoModel({ name: 'x', type: 'float32' }, { name: 'x', type: 'float32' }),
      }),
    },
    "this ONNX model cannot be served: two of its inputs are called 'x'; rename one",
  ),
  dropped(
    'no batch dimension',
    'onnx-unsupported',
    {
      'model.onnx': echoModel({ name: 'x', type: 'float32', batch: 7 }),
      'model.yaml': manifestOf({ 'model.onnx': echoModel({ name: 'x', type: 'float32', batch: 7 }) }),
    },
    "this ONNX model cannot be served: 'x' has the shape [7], and its first dimension must be the batch: free, or 1; export the model with a dynamic first axis",
  ),
  dropped(
    'other bytes than the manifest names',
    'artifact-differs',
    { ...model, 'model.yaml': manifestOf({ 'model.onnx': timesModel(3) }) },
    'the uploaded files are not those that the manifest names',
  ),
  dropped(
    'another signature than the artifact has',
    'signature-differs',
    released('signature: {inputs: [{name: y, type: int64}], outputs: [{name: y, type: float32}]}\n'),
    'the manifest declares another signature than the artifact carries',
  ),
  [
    'a file while it is still being written',
    'release failed',
    'artifact-corrupt',
    'model.onnx: the file ends in .onnx and is no ONNX model; export it again and compare its size',
    async (scene) => {
      const bytes = timesModel(2)
      await scene.stage.write('written-slowly/1.0.0.onnx', bytes.slice(0, 60))
      const half = scene.outcome(await scene.stage.ended('release', 'written-slowly', '1.0.0'))
      // The rest arrives: what is whole is released, once.
      await scene.stage.write('written-slowly/1.0.0.onnx', bytes)
      await scene.stage.serves('written-slowly', '1.0.0')
      return half
    },
  ],
]
