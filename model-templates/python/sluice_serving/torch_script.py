"""A TorchScript model: tensors in, in the order of its inputs; a tensor, several, or tensors by name out."""

from __future__ import annotations

import os

from .output_columns import WrongAnswer
from .reasons import CannotLoad


class OfOneTensor:
    """A model that takes a table as one tensor with a row a record, as MLflow gives it."""

    def __init__(self, model: TorchScript) -> None:
        self._model = model

    def predict(self, columns: dict) -> dict:
        import numpy

        if any(column.dtype.kind == "O" or column.ndim > 1 for column in columns.values()):
            return self._model.predict(columns)
        return self._model.predict({"rows": numpy.column_stack(list(columns.values())).astype("float32")})


class TorchScript:
    """A file of torch.jit.save: a program that PyTorch itself runs, with all that its operators may do."""

    def __init__(self, path: str, version) -> None:
        import torch

        self._torch = torch
        torch.set_num_threads(int(os.environ.get("SLUICE_THREADS", "1")))
        try:
            self._model = torch.jit.load(path, map_location="cpu").eval()
        except RuntimeError as error:
            why = str(error).splitlines()[0][:200]
            raise CannotLoad(
                f"{version.entry} cannot be read by PyTorch {torch.__version__} ({why}): save it with torch.jit.save, or bring "
                "a predict.py for weights alone"
            ) from None
        self._names = [output.name for output in version.outputs or ()]

    def predict(self, columns: dict) -> dict:
        for name, column in columns.items():
            if column.dtype.kind == "O":
                raise WrongAnswer(f"the input {name} is text, and TorchScript takes tensors")
        with self._torch.no_grad():
            answer = self._model(*(self._torch.from_numpy(column) for column in columns.values()))
        return {name: tensor.numpy() for name, tensor in self._by_name(answer).items()}

    def _by_name(self, answer: object) -> dict:
        """A dict is named already; several stand in the order of the outputs."""
        if isinstance(answer, dict):
            return answer
        parts = [answer] if isinstance(answer, self._torch.Tensor) else list(answer)
        names = self._names or [f"output_{at}" if len(parts) > 1 else "prediction" for at in range(len(parts))]
        if len(parts) != len(names):
            raise WrongAnswer(f"the model answers with {len(parts)} tensors, and the signature names {', '.join(names)}")
        return dict(zip(names, parts))
