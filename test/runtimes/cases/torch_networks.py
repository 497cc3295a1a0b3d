"""A network in the forms that people bring it in, and what its own framework answers. Run: python torch_networks.py FORM FOLDER"""

import contextlib
import json
import os
import sys
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")
os.environ.update(HF_HUB_OFFLINE="1", MLFLOW_DISABLE_TELEMETRY="true")

import numpy as np  # noqa: E402
import torch  # noqa: E402

form, folder = sys.argv[1], Path(sys.argv[2])
torch.manual_seed(0)


class Digits(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(144, 10))

    def forward(self, image):
        return self.layers(image.unsqueeze(1)).softmax(1)


def as_torch_script():
    script.save(folder / "model.pt")
    (folder / "model.yaml").write_text(
        "signature:\n  inputs: [{ name: image, type: float32, shape: [8, 8] }]\n"
        "  outputs: [{ name: probabilities, type: float32, shape: [10] }]\n"
    )
    return f"PyTorch {torch.__version__}", images.tolist(), script(images).tolist()


def as_mlflow():
    import mlflow
    from mlflow.types import Schema, TensorSpec

    inputs = Schema([TensorSpec(np.dtype("float32"), (-1, 8, 8), "image")])
    outputs = Schema([TensorSpec(np.dtype("float32"), (-1, 10), "probabilities")])
    mlflow.pytorch.save_model(
        script,
        folder,
        signature=mlflow.models.ModelSignature(inputs, outputs),
        serialization_format="pickle",
        pip_requirements=[f"mlflow=={mlflow.__version__}", f"torch=={torch.__version__.split('+')[0]}"],
    )
    said = mlflow.pytorch.load_model(str(folder))(images)
    return f"mlflow {mlflow.__version__}, PyTorch {torch.__version__}", images.tolist(), said.tolist()


def as_text():
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    words = "[PAD] [UNK] [CLS] [SEP] the wine is good bad not very".split()
    tokenizer = Tokenizer(models.WordLevel({word: at for at, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", model_max_length=32
    ).save_pretrained(folder)
    small = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    labels = {"id2label": {0: "bad", 1: "fair", 2: "good"}, "label2id": {"bad": 0, "fair": 1, "good": 2}}
    config = transformers.BertConfig(vocab_size=len(words), max_position_embeddings=32, **small, **labels)
    transformers.BertForSequenceClassification(config).save_pretrained(folder)
    texts = ["the wine is good", "very bad", "the wine is not very good and not very bad"]
    said = transformers.pipeline("text-classification", model=str(folder), device="cpu")
    return f"transformers {transformers.__version__}", [{"text": text} for text in texts], [said(text)[0] for text in texts]


script = torch.jit.script(Digits().eval())
images = torch.rand(12, 8, 8)
with contextlib.redirect_stdout(sys.stderr), torch.no_grad():
    framework, rows, expected = {"torchscript": as_torch_script, "mlflow": as_mlflow, "text": as_text}[form]()
json.dump({"path": str(folder), "framework": framework, "rows": rows, "expected": expected}, sys.stdout)
