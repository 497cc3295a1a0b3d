"""A python_function of somebody's own: MLflow itself loads it, its program or its pickle, and asks it."""

from __future__ import annotations

import os
import sys

from .own_code import write_nothing_below
from .reasons import CannotLoad


class MlflowCode:
    """It runs as it is, as a predict.py does."""

    def __init__(self, flavour: dict, version, model_dir: str) -> None:
        if "model_code_path" not in flavour:
            refuse_unasked(flavour, version)
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        # Read as it is imported: what is asked for by name is in the folder.
        os.environ.setdefault("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "true")
        write_nothing_below(os.path.abspath(model_dir))
        import mlflow.pyfunc
        import pandas

        self._pandas = pandas
        self._model = mlflow.pyfunc.load_model(os.path.abspath(model_dir), suppress_warnings=True)
        schema = self._model.metadata.get_input_schema()
        shaped = any(field.shape for field in version.inputs or ())
        self._takes_tensors = schema.is_tensor_spec() if schema is not None else shaped
        self._is_named = schema is not None and schema.has_input_names()

    def predict(self, columns: dict) -> object:
        if not self._takes_tensors:
            return self._model.predict(self._pandas.DataFrame(columns))
        if self._is_named or len(columns) > 1:
            return self._model.predict(columns)
        (tensor,) = columns.values()
        return self._model.predict(tensor)


def refuse_unasked(flavour: dict, version) -> None:
    """@raises CannotLoad where nobody has asked for a pickle, or this Python cannot read it"""
    name = flavour.get("python_model", "a file without a name")
    if not version.unsafe_pickle:
        raise CannotLoad(f"{name} is a pickle of code, which runs as it is loaded: set unsafePickle, or bring a predict.py")
    print(f"UNSAFE PICKLE: {name} is loaded whatever it does", file=sys.stderr, flush=True)
    saved, ours = flavour.get("python_version", ""), ".".join(map(str, sys.version_info[:2]))
    # cloudpickle keeps byte code, which is of one Python.
    if saved and saved.split(".")[:2] != ours.split("."):
        raise CannotLoad(f"{name} was saved with Python {saved}, and this is {ours}: save it with {ours}")
