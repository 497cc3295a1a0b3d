"""Load a scikit-learn model from a file without running what else may be in it.

Pickle runs what a stream names. Every name here goes through the allow-list, also those inside compressed files and in
the streams that joblib nests for arrays of objects. It guards against code in a model, not against a model that is
made to break NumPy or scikit-learn from inside.
"""

from __future__ import annotations

import functools
import io
import os
import pickle
import zipfile
from _compat_pickle import IMPORT_MAPPING
from importlib.metadata import version

from .allow_list import (
    ALLOWED,
    ARRAY,
    OURS,
    WHAT_TO_DO,
    Placeholder,
    Refused,
    allowed,
    check_dtype,
    check_partial,
    refuse,
)
from .bounded_loading import Allowance, counted, most_unpacked, too_much_unpacked
from .reasons import CannotLoad

CHUNK = 1 << 20
FIRST_SAFE_SKOPS = (0, 13)
"""Earlier ones let a file run code past the list of types it may name."""


def load_estimator(path: str, name: str, also: tuple = ()) -> object:
    """@param name is the file's, for messages @param also what a file of skops may name besides @raises CannotLoad"""
    try:
        return load_skops(path, also) if path.endswith(".skops") else load_pickle(path)
    except Refused as error:
        raise CannotLoad(f"{name} is refused: {error}") from None
    except (ModuleNotFoundError, CannotLoad):
        raise
    except Exception as error:
        why = f"{type(error).__name__}: {error}".rstrip(": ")
        raise CannotLoad(f"{name} is not what its name says, or not whole ({why}): save and upload it again") from error


def load_pickle(path: str) -> object:
    """A file of pickle or of joblib, compressed or not; the one is read as the other. @raises Refused"""
    with open(path, "rb") as file, Allowance() as allowance:
        return AllowListUnpickler(uncompressed(file, path, allowance), allowance).load_all()


def uncompressed(file, path: str, allowance: Allowance):
    from joblib.compressor import _COMPRESSORS
    from joblib.numpy_pickle_utils import _detect_compressor

    start = io.BytesIO(file.read(16))
    file.seek(0)
    kind = _detect_compressor(start)
    if kind == "compat":
        raise Refused("it is of a joblib before 0.10: load it there, and save it again")
    if kind not in _COMPRESSORS:
        return counted(file, path, None, allowance)
    most = most_unpacked(os.path.getsize(path))
    return counted(_COMPRESSORS[kind].decompressor_file(file), path, most, allowance)


class JoblibArray:
    """What joblib writes in the place of an array, whose bytes follow in the file."""

    def read(self, file, allowance: Allowance) -> object:
        import numpy

        dtype = self.dtype
        if not isinstance(dtype, numpy.dtype) or self.subclass is not ARRAY:
            raise Refused("it holds an array of an unknown kind")
        if dtype.hasobject:
            return AllowListUnpickler(file, allowance).load()
        if getattr(self, "numpy_array_alignment_bytes", None) is not None:
            read_exactly(file, read_exactly(file, 1)[0])
        count = 1
        for size in self.shape:
            count *= int(size)
        flat = numpy.frombuffer(read_exactly(file, count * dtype.itemsize), dtype=dtype)
        if self.order == "F":
            return flat.reshape(self.shape[::-1]).transpose()
        return flat.reshape(self.shape)


def read_exactly(file, size: int) -> bytearray:
    """Bytes that belong to nobody else, so that an array on them may be written to."""
    data = bytearray()
    while len(data) < size:
        chunk = file.read(min(CHUNK, size - len(data)))
        if not chunk:
            raise Refused("it ends in the middle of an array")
        data += chunk
    return data


class AllowListUnpickler(pickle._Unpickler):
    """The unpickler of pickle in Python, whose every look-up can be seen to."""

    dispatch = pickle._Unpickler.dispatch.copy()

    def __init__(self, file, allowance: Allowance) -> None:
        super().__init__(file)
        self._file = file
        self._allowance = allowance

    def load_all(self) -> object:
        """Load the one object of a file. @raises Refused where something follows it"""
        loaded = self.load()
        frame = self._unframer.current_frame
        if (frame is not None and frame.read(1)) or self._file.read(1):
            raise Refused(f"something follows the model in the file: {WHAT_TO_DO}")
        return loaded

    def find_class(self, module: str, name: str) -> object:
        if self.proto < 3:
            module = IMPORT_MAPPING.get(module, module)
        if (module, name) == ("joblib.numpy_pickle", "NumpyArrayWrapper"):
            return JoblibArray
        with self._allowance.lifted():
            return allowed(module, name)

    def persistent_load(self, pid: object) -> object:
        raise Refused(f"it refers to an object outside of the file: {WHAT_TO_DO}")

    def get_extension(self, code: int) -> object:
        raise Refused(f"it holds the extension {code}; allowed are {ALLOWED}: {WHAT_TO_DO}")

    def load_build(self) -> None:
        """Fill an object with its state; then see to it that the state is one it may have."""
        import numpy

        if isinstance(self.stack[-2], (Placeholder, type)) or callable(self.stack[-2]) and is_function(self.stack[-2]):
            raise Refused("it changes a class or a function")
        if isinstance(self.stack[-2], functools.partial):
            check_partial(self.stack[-1])
        super().load_build()
        built = self.stack[-1]
        if isinstance(built, numpy.dtype):
            check_dtype(built)
        elif isinstance(built, JoblibArray):
            self.stack[-1] = built.read(self._file, self._allowance)

    dispatch[pickle.BUILD[0]] = load_build


def is_function(found: object) -> bool:
    return type(found).__name__ in ("function", "builtin_function_or_method", "cython_function_or_method", "ufunc")


def load_skops(path: str, also: tuple = ()) -> object:
    """A file of skops, whose types are named outside of it. @raises Refused"""
    import skops.io

    found = version("skops")
    if tuple(map(int, found.split(".")[:2])) < FIRST_SAFE_SKOPS:
        raise CannotLoad(f"skops {found} does not keep code out of a file: put skops>=0.13 in requirements.txt")
    size = os.path.getsize(path)
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
    if unpacked > most_unpacked(size):
        raise too_much_unpacked(size)
    named = skops.io.get_untrusted_types(file=path)
    for full in named:
        # What our own functions stand for in a pickle, skops would take as it is.
        if full in OURS:
            refuse(full)
        module, _, name = full.rpartition(".")
        if full not in also:
            allowed(module, name)
    with Allowance() as allowance:
        allowance.grow(unpacked)
        return skops.io.load(path, trusted=named)
