"""Load a pickle as pickle does, which runs whatever the file says.

Only where the version's own file says `unsafePickle`: its manifest asked for it, and whoever runs the platform allowed it.
"""

from __future__ import annotations

import os
import sys

from .own_code import write_nothing_below
from .reasons import CannotLoad


def load_whatever(path: str, name: str) -> object:
    """A file of pickle, cloudpickle or joblib, compressed or not. @param name is the file's, for messages"""
    import joblib

    print(f"UNSAFE PICKLE: {name} is loaded whatever it does", file=sys.stderr, flush=True)
    # Classes of the model's own may lie beside it.
    folder = os.path.dirname(os.path.abspath(path))
    write_nothing_below(folder)
    sys.path.insert(0, folder)
    try:
        return joblib.load(path)
    except ModuleNotFoundError:
        raise
    except Exception as error:
        why = f"{type(error).__name__}: {error}".rstrip(": ")
        raise CannotLoad(f"{name} cannot be loaded ({why}): load and save it again with the same packages") from error
