"""A model that is code of the user: a predict.py with `predict(inputs)`, and `load(model_dir)` where it loads files."""

from __future__ import annotations

import importlib.util
import inspect
import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES, ExtensionFileLoader, FileFinder, SourceFileLoader

from .reasons import CannotLoad


class OwnCode:
    """What predict.py defines. It runs as it is: nothing here guards the machine from it."""

    def __init__(self, model_dir: str, entry: str) -> None:
        module = imported(os.path.abspath(model_dir), entry)
        predict = getattr(module, "predict", None)
        if not callable(predict):
            raise CannotLoad(f"{entry} defines no function predict(inputs)")
        load = getattr(module, "load", None)
        loaded = load(os.path.abspath(model_dir)) if callable(load) else None
        self._arguments = (loaded,) if loaded is not None and takes_two(predict) else ()
        self._predict = predict

    def predict(self, columns: dict) -> object:
        return self._predict(columns, *self._arguments)


def imported(model_dir: str, entry: str):
    """Import a file of the artifact, which may import what lies beside it and at the root."""
    path = os.path.join(model_dir, entry)
    write_nothing_below(model_dir)
    sys.path[:0] = list(dict.fromkeys([os.path.dirname(path), model_dir]))
    name = os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location(name, path, loader=Unwritten(name, path))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def takes_two(function) -> bool:
    try:
        inspect.signature(function).bind(None, None)
    except TypeError:
        return False
    except ValueError:  # A function of C may not say what it takes.
        return True
    return True


class Unwritten(SourceFileLoader):
    """Imports a file without writing its byte code beside it: an artifact stays as it was uploaded."""

    def set_data(self, path, data, *, _mode=0o666):
        pass


def write_nothing_below(folder: str) -> None:
    root = os.path.join(folder, "")

    def finder_of(path: str):
        if not os.path.join(os.path.abspath(path), "").startswith(root):
            raise ImportError
        return FileFinder(path, (ExtensionFileLoader, EXTENSION_SUFFIXES), (Unwritten, SOURCE_SUFFIXES))

    sys.path_hooks.insert(0, finder_of)
