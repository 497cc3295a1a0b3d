"""What is known of the version that is served: its entry and its signature."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass

from .reasons import CannotLoad

DATA_FILES = (".joblib", ".pkl", ".pickle", ".skops", ".ubj", ".bst", ".pt")
LAYOUTS = {".ubj": "xgboost", ".bst": "xgboost", ".pt": "torchscript"}
MLFLOW = "MLmodel"
HUGGING_FACE = ("config.json", "tokenizer.json")
OWN_CODE = "predict.py"
SCRIPT = ("code", "inference.py")


@dataclass(frozen=True)
class Field:
    """One named input or output. The shape is that of one record's value; None is a length that is free."""

    name: str
    type: str
    shape: tuple


@dataclass(frozen=True)
class Version:
    """The entry is a path inside the artifact. Inputs and outputs are None where no signature is known."""

    entry: str
    layout: str | None
    inputs: tuple | None
    outputs: tuple | None
    unsafe_pickle: bool = False


def read_version(version_file: str, model_dir: str) -> Version:
    """Read the version's file, or find the entry where there is none. @raises CannotLoad"""
    try:
        with open(version_file, encoding="utf-8") as file:
            described = json.load(file)
    except FileNotFoundError:
        described = {}
    entry = described.get("entry") or only_entry(model_dir)
    if not os.path.isfile(os.path.join(model_dir, entry)):
        raise CannotLoad(f"the artifact has no file '{entry}'")
    signature = described.get("signature") or {}
    layout = described.get("layout") or layout_of(entry)
    inputs, outputs = fields_of(signature.get("inputs")), fields_of(signature.get("outputs"))
    return Version(entry, layout, inputs, outputs, described.get("unsafePickle") is True)


def layout_of(entry: str) -> str | None:
    """How the artifact is laid out, where nobody says so and its entry does."""
    if entry in (MLFLOW, HUGGING_FACE[0]):
        return "mlflow" if entry == MLFLOW else "hugging-face"
    return "sagemaker" if os.path.basename(entry) == SCRIPT[-1] else LAYOUTS.get(os.path.splitext(entry)[1])


def fields_of(fields: list | None) -> tuple | None:
    if fields is None:
        return None
    return tuple(Field(field["name"], field["type"], tuple(field.get("shape", []))) for field in fields)


def only_entry(model_dir: str) -> str:
    """predict.py, or the only data file. @raises CannotLoad where it is not clear which"""
    files = sorted(os.listdir(model_dir)) if os.path.isdir(model_dir) else []
    for speaking in (MLFLOW, OWN_CODE):
        if speaking in files:
            return speaking
    if os.path.isfile(os.path.join(model_dir, *SCRIPT)):
        return "/".join(SCRIPT)
    if all(file in files for file in HUGGING_FACE):
        return HUGGING_FACE[0]
    found = [file for file in files if file.endswith(DATA_FILES)]
    if len(found) == 1:
        return found[0]
    allowed = f"{OWN_CODE} or one file that ends with {', '.join(DATA_FILES)}"
    if not found:
        raise CannotLoad(f"there is no model: the artifact needs {allowed}")
    raise CannotLoad(f"it is not clear which file is the model, {', '.join(found)}: keep {allowed}")
