"""Save models as TorchScript, one of each form of an answer, with PyTorch's own answers, and two by MLflow. Run: python torch_scripts.py FOLDER"""

import json
import os
import sys

import mlflow
import numpy as np
import pandas as pd
import torch
from mlflow.models import infer_signature

root = sys.argv[1]
torch.manual_seed(0)
cases = {}


class Flower(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 3)
        self.dropout = torch.nn.Dropout()

    def forward(self, x):
        return torch.softmax(self.layer(self.dropout(x)), -1)


class Two(torch.nn.Module):
    def forward(self, a, b):
        return {"sum": a + b, "difference": a - b}


class Several(torch.nn.Module):
    def forward(self, x):
        return x.sum(1), x.argmax(1)


def field(name, kind, *shape):
    return {"name": name, "type": kind, "shape": list(shape)}


def put(name, model, inputs, outputs):
    os.makedirs(os.path.join(root, name))
    torch.jit.script(model).save(os.path.join(root, name, "model.pt"))
    tensors = [torch.rand(12, *one["shape"]) for one in inputs]
    with torch.no_grad():
        answer = model.eval()(*tensors)
    names = [one["name"] for one in outputs]
    if isinstance(answer, dict):
        parts = [answer[one] for one in names]
    else:
        parts = [answer] if isinstance(answer, torch.Tensor) else list(answer)
    lists = [part.tolist() for part in parts]
    expected = lists[0] if len(lists) == 1 else [dict(zip(names, entry)) for entry in zip(*lists)]
    asked = {one["name"]: tensor.tolist() for one, tensor in zip(inputs, tensors)}
    with open(os.path.join(root, name, "model.yaml"), "w") as file:
        json.dump({"signature": {"inputs": inputs, "outputs": outputs}}, file)
    cases[name] = {"inputs": asked, "expected": expected}


put("tensor", Flower(), [field("x", "float32", 4)], [field("probabilities", "float32", 3)])
numbers = [field("sum", "float32"), field("difference", "float32")]
put("dict", Two(), [field("a", "float32"), field("b", "float32")], numbers)
put("tuple", Several(), [field("x", "float32", 4)], [field("sum", "float32"), field("largest", "int64")])



def put_mlflow(name, model, inputs, **settings):
    """A folder of mlflow.pytorch, with what MLflow itself answers."""
    path = os.path.join(root, name)
    said = model.eval()(torch.tensor(np.asarray(inputs, "float32"))).detach().numpy()
    signature = infer_signature(inputs, said)
    pins = ["mlflow==3.17.2", "torch==2.15.0", "cloudpickle"]
    settings = {"serialization_format": "pickle", "signature": signature, "pip_requirements": pins, **settings}
    mlflow.pytorch.save_model(model, path, **settings)
    found = mlflow.pyfunc.load_model(path).predict(inputs)
    table = {column: inputs[column].tolist() for column in inputs} if hasattr(inputs, "columns") else {"input": inputs.tolist()}
    cases[name] = {"inputs": table, "expected": np.asarray(found).tolist()}


flowers = pd.DataFrame(torch.rand(12, 4).numpy(), columns=["a", "b", "c", "d"])
put_mlflow("mlflow-table", torch.jit.script(Flower()), flowers.astype("float64"))
put_mlflow("mlflow-tensor", torch.jit.script(Flower()), flowers.to_numpy())
put_mlflow("mlflow-pickled", Flower(), flowers)

with open(os.path.join(root, "cases.json"), "w") as file:
    json.dump(cases, file)
