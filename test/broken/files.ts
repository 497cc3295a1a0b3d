import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { zipSync } from 'fflate'
import { type BrokenModel, oneNumber } from './broken-model.ts'

const fixtures = join(import.meta.dirname, '..', 'fixtures')
const joblib = readFileSync(join(fixtures, 'sklearn', 'forest.joblib'))
const onnx = readFileSync(join(fixtures, 'breast-cancer', 'model.onnx'))

/** A pickle of an object of the user's own class, as `pickle.dumps(Churn())` in a script writes it. */
const ownClass = Buffer.from(
  '\x80\x04\x95\x1c\x00\x00\x00\x00\x00\x00\x00\x8c\x08__main__\x94\x8c\x05Churn\x94\x93\x94)\x81\x94.',
  'latin1',
)

/** As mlflow.pyfunc.save_model writes a model that is an object. */
const pickledFunction = `flavors:
  python_function: { loader_module: mlflow.pyfunc.model, python_model: python_model.pkl }
`

/** A zip with these files, with nothing in them. */
function zipped(...names: readonly string[]): Uint8Array {
  return zipSync(Object.fromEntries(names.map((name) => [name, new Uint8Array()])))
}

/** Files and folders that are not what they seem. */
export const brokenFiles: readonly BrokenModel[] = [
  {
    what: 'its file was cut off while it was copied',
    files: { 'model.joblib': joblib.subarray(0, 1500) },
    code: 'artifact-corrupt',
    told: ['model.joblib: ', 'save it again'],
  },
  {
    what: 'its file is a pointer of Git LFS',
    files: { 'model.joblib': 'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n' },
    code: 'artifact-corrupt',
    told: ['model.joblib is a pointer of Git LFS', 'git lfs pull'],
  },
  {
    what: 'its pickle holds a class of its own',
    files: { 'model.pkl': ownClass },
    code: 'artifact-unsafe',
    told: ['model.pkl', '__main__.Churn', 'predict.py'],
  },
  {
    what: 'its pickle runs a command',
    files: { 'model.pkl': "cos\nsystem\n(S'true'\ntR." },
    code: 'artifact-unsafe',
    told: ['model.pkl', 'os.system'],
  },
  {
    what: 'there are two models in it',
    files: { 'old.onnx': onnx, 'new.onnx': onnx },
    code: 'artifact-unrecognised',
    told: ['old.onnx', 'new.onnx', 'leave one of them'],
  },
  {
    what: 'there is no model in it',
    files: { 'notebook.ipynb': '{}', 'README.md': '# Churn' },
    code: 'artifact-unrecognised',
    told: ['notebook.ipynb', 'predict.py', '.onnx'],
  },
  {
    what: 'its .onnx was cut off',
    files: { 'model.onnx': onnx.subarray(0, 20_000) },
    code: 'artifact-corrupt',
    told: ['model.onnx: ', 'export it again and compare its size'],
  },
  {
    what: 'its .onnx is a page of a web server',
    files: { 'model.onnx': '<!doctype html><title>Sign in</title>' },
    code: 'artifact-corrupt',
    told: ['model.onnx is a page of a web server', 'download the file again'],
  },
  {
    what: 'its MLmodel names no flavours',
    files: { MLmodel: 'artifact_path: model\n' },
    code: 'artifact-unrecognised',
    told: ['MLmodel', 'flavors'],
  },
  {
    what: 'its inference.py defines none of the handlers',
    files: { 'code/inference.py': 'def answer(x):\n    return x\n' },
    code: 'artifact-unrecognised',
    told: ['code/inference.py', 'model_fn', 'transform_fn'],
  },
  {
    what: 'its weights are a pickle of PyTorch',
    files: { 'config.json': '{"model_type": "bert"}', 'pytorch_model.bin': 'x' },
    code: 'artifact-unrecognised',
    told: ['pytorch_model.bin', 'safe_serialization=True'],
  },
  {
    what: 'its folder of Hugging Face has code of its own',
    files: {
      'config.json': '{"architectures": ["Mine"], "auto_map": {"AutoModel": "modeling.Mine"}}',
      'model.safetensors': 'x',
      'tokenizer.json': '{}',
    },
    code: 'artifact-unrecognised',
    told: ['config.json', 'auto_map', 'predict.py'],
  },
  {
    what: 'its folder of Hugging Face is for images',
    files: {
      'config.json': '{"model_type": "vit", "architectures": ["ViTForImageClassification"]}',
      'model.safetensors': 'x',
    },
    code: 'artifact-unrecognised',
    told: ['config.json', 'ViTForImageClassification', 'ForSequenceClassification', 'ONNX'],
  },
  {
    what: 'its weights are a pointer of Git LFS',
    files: {
      'config.json': '{"model_type": "bert", "architectures": ["BertForMaskedLM"]}',
      'model.safetensors': 'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n',
      'tokenizer.json': '{}',
    },
    code: 'artifact-corrupt',
    told: ['model.safetensors is a pointer of Git LFS', 'git lfs pull'],
  },
  {
    what: 'its weights come with nothing that says whose they are',
    files: { 'model.safetensors': 'x' },
    code: 'artifact-unrecognised',
    told: ['model.safetensors', 'config.json', 'predict.py'],
  },
  {
    what: 'its .pt is a pickle of PyTorch',
    files: { 'model.pt': zipped('model/data.pkl', 'model/version') },
    manifest: oneNumber,
    code: 'artifact-unsafe',
    told: ['model.pt', 'torch.save', 'torch.jit.script', 'predict.py'],
  },
  {
    what: 'its python_function of MLflow is a pickle',
    files: { MLmodel: pickledFunction, 'python_model.pkl': ownClass },
    manifest: oneNumber,
    code: 'artifact-unsafe',
    told: ['MLmodel', 'python_model.pkl', 'mlflow.models.set_model', 'unsafePickle'],
  },
  {
    what: 'it does not say what it takes',
    files: { 'predict.py': 'def predict(inputs):\n    return []\n' },
    code: 'signature-unknown',
    told: ['predict.py', 'signature: {inputs:', 'examples:'],
  },
  {
    what: 'its manifest names an example that was not uploaded',
    files: { 'predict.py': 'def predict(inputs):\n    return []\n' },
    manifest: `${oneNumber}examples: [{ request: examples/first.json }]\n`,
    code: 'manifest-invalid',
    told: ['examples/first.json'],
  },
]
