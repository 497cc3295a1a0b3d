"""A folder of MLflow: a model of a framework is served by that alone, and code of somebody's own by MLflow itself."""

from __future__ import annotations

import os
import re
from dataclasses import replace

from .reasons import CannotLoad

TENSORS = re.compile(r"""^  inputs: ['"]?\[\{\\?"type\\?": \\?"tensor""", re.MULTILINE)
"""How a signature begins whose inputs are tensors and no columns of a table."""
LIGHTGBM = tuple(f"lightgbm.{name}" for name in ("basic.Booster", "sklearn.LGBMClassifier", "sklearn.LGBMRegressor", "sklearn.LGBMRanker"))
"""What MLflow keeps of LightGBM in a .skops file, which names no code."""


def model_in_folder(version, model_dir: str):
    """@raises CannotLoad"""
    with open(os.path.join(model_dir, version.entry), encoding="utf-8") as file:
        text = file.read()
    flavours = flavours_of(text)
    loader = flavours.get("python_function", {}).get("loader_module")
    if loader == "mlflow.pytorch":
        return pytorch_model(flavours, version, model_dir, takes_tensors=TENSORS.search(text) is not None)
    load = LOADERS.get(loader)
    if load is None:
        raise CannotLoad(f"{version.entry} names the loader {loader or 'of nothing'}, which runs code: bring a predict.py")
    return load(flavours, version, model_dir)


def sklearn_model(flavours: dict, version, model_dir: str):
    from .estimator import OneMethod
    from .safe_loading import load_estimator

    name = flavours["sklearn"]["pickled_model"]
    method = flavours["python_function"].get("predict_fn", "predict")
    return OneMethod(load_estimator(inside(model_dir, name), name), replace(version, entry=name), method)


def xgboost_model(flavours: dict, version, model_dir: str):
    from .boosters import XgboostModel

    name = flavours["xgboost"]["data"]
    is_classifier = flavours["xgboost"].get("model_class", "").endswith("Classifier")
    return XgboostModel(inside(model_dir, name), replace(version, entry=name), labels=is_classifier)


def lightgbm_model(flavours: dict, version, model_dir: str):
    from .boosters import LightgbmModel

    name = flavours["lightgbm"]["data"]
    path, version = inside(model_dir, name), replace(version, entry=name)
    if flavours["lightgbm"].get("model_class", "").endswith(".Booster"):
        return LightgbmModel(path, version)
    from .boosters import LightgbmEstimator
    from .safe_loading import load_estimator

    return LightgbmEstimator(load_estimator(path, name, LIGHTGBM), version)


def pytorch_model(flavours: dict, version, model_dir: str, takes_tensors: bool):
    from .torch_script import OfOneTensor, TorchScript

    name = f"{flavours['pytorch']['model_data']}/model.pth"
    model = TorchScript(inside(model_dir, name), replace(version, entry=name))
    return model if takes_tensors else OfOneTensor(model)


def code_model(flavours: dict, version, model_dir: str):
    from .mlflow_code import MlflowCode

    return MlflowCode(flavours["python_function"], version, model_dir)


LOADERS = {
    "mlflow.sklearn": sklearn_model,
    "mlflow.xgboost": xgboost_model,
    "mlflow.lightgbm": lightgbm_model,
    "mlflow.pyfunc.model": code_model,
    "mlflow.pyfunc.loaders.code_model": code_model,
}


def inside(model_dir: str, name: str) -> str:
    path = os.path.realpath(os.path.join(model_dir, name))
    if not path.startswith(os.path.join(os.path.realpath(model_dir), "")) or not os.path.isfile(path):
        raise CannotLoad(f"MLmodel names {name}, which is not in the artifact")
    return path


def flavours_of(text: str) -> dict:
    """The flavours of an MLmodel and what each says in one line. It is the YAML that MLflow itself writes: no more is read."""
    flavours: dict = {}
    inside_flavours = False
    settings: dict = {}
    for line in text.splitlines():
        name, colon, value = line.strip().partition(":")
        depth = len(line) - len(line.lstrip(" "))
        if not colon or name.startswith("#"):
            continue
        if depth == 0:
            inside_flavours = name == "flavors"
        elif inside_flavours and depth == 2:
            settings = flavours.setdefault(name, {})
        elif inside_flavours and depth == 4:
            value = value.strip().strip("'\"")
            if value and value != "null":
                settings[name] = value
    return flavours
