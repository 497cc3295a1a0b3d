"""The loaded model, whatever its kind: records in, one entry a record out."""

from __future__ import annotations

import os

from .deferred_needs import import_what_is_needed
from .estimator import Estimator
from .input_columns import read_columns
from .output_columns import predictions_of
from .own_code import OwnCode
from .reasons import reason_of
from .version import Version, read_version


class Predictor:
    """A model that is ready. Its methods are called by one thread."""

    def __init__(self, version: Version, model_dir: str) -> None:
        self._version = version
        self._model_dir = model_dir
        self._model = model_of(version, model_dir)
        # An estimator is looked through; what others hold may be anywhere.
        import_what_is_needed(self._model if isinstance(self._model, Estimator) else None)

    def read(self, inputs: object) -> tuple[dict, int]:
        """@raises BadRequest"""
        return read_columns(self._version.inputs, inputs)

    def predict(self, columns: dict, records: int) -> list:
        return predictions_of(self._model.predict(columns), self._version.outputs, records)

    def reason_of(self, error: BaseException) -> str:
        return reason_of(error, self._model_dir)


def model_of(version: Version, model_dir: str):
    if version.layout == "sagemaker":
        from .sagemaker_script import SageMakerScript

        return SageMakerScript(model_dir, version)
    path = os.path.join(model_dir, version.entry)
    if version.layout in ("xgboost", "lightgbm"):
        from .boosters import LightgbmModel, XgboostModel

        return (XgboostModel if version.layout == "xgboost" else LightgbmModel)(path, version)
    if version.layout == "torchscript":
        from .torch_script import TorchScript

        return TorchScript(path, version)
    if version.layout == "hugging-face":
        from .text_model import TextModel

        return TextModel(model_dir, version)
    if version.layout == "mlflow":
        from .mlflow_folder import model_in_folder

        return model_in_folder(version, model_dir)
    if version.entry.endswith(".py"):
        return OwnCode(model_dir, version.entry)
    # Only who serves a data file needs what this imports.
    from .safe_loading import load_estimator
    from .unsafe_loading import load_whatever

    load = load_whatever if version.unsafe_pickle else load_estimator
    return Estimator(load(path, version.entry), version)


def load_predictor(version_file: str, model_dir: str) -> Predictor:
    return Predictor(read_version(version_file, model_dir), model_dir)
