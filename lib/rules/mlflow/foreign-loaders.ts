/** What to do about models that MLflow saved as pickles of their framework's own objects. */
const ways: Readonly<Record<string, string>> = {
  'mlflow.keras': 'Export it as ONNX (tf2onnx) and save it with mlflow.onnx',
  'mlflow.tensorflow': 'Export it as ONNX (tf2onnx) and save it with mlflow.onnx',
  'mlflow.transformers': 'Bring the folder that its model and its tokenizer make by save_pretrained',
}

/** What can be done about a model whose loader is none that is served. */
export function wayOutOf(loader: string): string {
  const own =
    'Save the model with its own flavour (mlflow.sklearn, mlflow.xgboost, mlflow.lightgbm or mlflow.onnx)'
  return `${Object.hasOwn(ways, loader) ? ways[loader] : own}, or bring a predict.py that loads it`
}
