"""SciPy's documentation as it is written, without the table of arrays that SciPy adds to each function while it is imported.

For that it takes the texts of hundreds of functions apart and puts them together again: a fifth of the time until a
forest answers. Nothing but the texts differs.
"""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder

WRITES_TABLES = "scipy._lib._array_api"


class Finder:
    @staticmethod
    def find_spec(name: str, path=None, target=None):
        if name != WRITES_TABLES:
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is not None:
            spec.loader = Loader(spec.loader)
        return spec


class Loader:
    def __init__(self, real) -> None:
        self._real = real

    def create_module(self, spec):
        return self._real.create_module(spec)

    def exec_module(self, module) -> None:
        module.__loader__ = module.__spec__.loader = self._real
        self._real.exec_module(module)
        # Earlier releases write no tables.
        if hasattr(module, "FunctionDoc"):
            module.FunctionDoc = AsWritten


class AsWritten:
    """What SciPy takes a text apart with, as far as it does that for a table: notes are added, and the text is read."""

    def __init__(self, function) -> None:
        self._text = function.__doc__ or ""

    def __getitem__(self, section: str) -> list:
        return []

    def __str__(self) -> str:
        # The first line is that of the signature, which SciPy takes off again.
        return f"\n{self._text}"


def install() -> None:
    if Finder not in sys.meta_path:
        sys.meta_path.insert(0, Finder)
