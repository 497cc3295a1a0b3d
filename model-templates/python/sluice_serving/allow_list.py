"""Which globals a model file may name: what scikit-learn's own models are made of, and nothing that runs code.

A name is looked up only once its module is known to be harmless to import; what is found must be of the expected kind
and must have been defined where it was looked for, so that no `partial` that some module imported passes as its own.
"""

from __future__ import annotations

import builtins
import functools
import importlib
import re

import numpy

ALLOWED = "scikit-learn's own classes, NumPy arrays, SciPy's sparse matrices and plain values"
WHAT_TO_DO = "load it yourself in a predict.py, or save it as .skops or ONNX"


class Refused(Exception):
    """A file that names something else. Its message says what, what is allowed, and what to do."""


def refuse(name: str) -> None:
    raise Refused(f"it holds the global {name}; allowed are {ALLOWED}: {WHAT_TO_DO}")


class Placeholder:
    """Stands for a class that a file names and only our own functions may make: calling it is refused."""

    def __init__(self, kind: type) -> None:
        self.kind = kind


ARRAY = Placeholder(numpy.ndarray)
MASKED_ARRAY = Placeholder(numpy.ma.MaskedArray)


def empty_array(kind: object, *_):
    """An array that the state in the file then fills."""
    if kind is not ARRAY:
        raise Refused(f"it holds an array of the class {kind!r}; allowed is numpy.ndarray: {WHAT_TO_DO}")
    return numpy.empty((0,), dtype="b")


def empty_masked_array(*_):
    return numpy.ma.MaskedArray(numpy.empty((0,), dtype="b"))


def scalar(dtype: object, data: object = b""):
    check_no_objects(dtype)
    if not isinstance(data, bytes) or len(data) != dtype.itemsize:
        raise Refused("it holds a number of another size than its type")
    return numpy.frombuffer(data, dtype=dtype)[0]


def array_of_bytes(data: object, dtype: object, shape: object, order: object):
    check_no_objects(dtype)
    return numpy.frombuffer(data, dtype=dtype).reshape(shape, order=order)


def check_no_objects(dtype: object) -> None:
    if not isinstance(dtype, numpy.dtype) or dtype.hasobject:
        raise Refused("it holds raw bytes that are said to be objects")


def check_dtype(dtype: numpy.dtype) -> None:
    """Hold a type whose state came from a file to one that NumPy builds and checks itself."""
    if dtype.subdtype is not None:
        check_dtype(dtype.subdtype[0])
        honest = numpy.dtype(dtype.subdtype)
    elif dtype.names is not None:
        fields = [dtype.fields[name] for name in dtype.names]
        for field in fields:
            check_dtype(field[0])
        honest = numpy.dtype(
            {
                "names": list(dtype.names),
                "formats": [field[0] for field in fields],
                "offsets": [field[1] for field in fields],
                "itemsize": dtype.itemsize,
            },
            align=dtype.isalignedstruct,
        )
    else:
        honest = numpy.dtype(dtype.str)
    if (honest.itemsize, honest.flags, honest.kind) != (dtype.itemsize, dtype.flags, dtype.kind):
        raise Refused("it holds a type of array elements that contradicts itself")


def partial(function: object) -> functools.partial:
    """How a boosting that was fitted on a table keeps its check of arrays; the state in the file tells it once more."""
    from sklearn.utils.validation import check_array

    if function is not check_array:
        raise Refused(f"it holds a partial of {function!r}; allowed is one of sklearn's check_array: {WHAT_TO_DO}")
    return functools.partial(function)


def check_partial(state: object) -> None:
    """Hold what would fill a partial to one that is still a check of arrays, with plain arguments."""
    function, arguments, words, attributes = state if isinstance(state, tuple) and len(state) == 4 else (None,) * 4
    partial(function)
    if arguments != () or not isinstance(words, dict) or attributes:
        raise Refused("it holds a partial that is more than a function and its keywords")


def encoded(text: object, encoding: object = "latin1") -> bytes:
    """How old protocols write bytes. Other encodings would import modules."""
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise Refused(f"it encodes a text as {encoding}")
    return text.encode("latin-1")


PLAIN = {
    f"builtins.{name}": getattr(builtins, name)
    for name in (
        "bool bytearray bytes complex dict float frozenset int list object range set slice str tuple Ellipsis "
        "NotImplemented"
    ).split()
}
OURS = {
    "_codecs.encode": encoded,
    "functools.partial": partial,
    "numpy.ndarray": ARRAY,
    "numpy.dtype": numpy.dtype,
    "numpy.ma.MaskedArray": MASKED_ARRAY,
    **{f"numpy.ma.{module}._mareconstruct": empty_masked_array for module in ("core", "_core")},
    **{f"numpy.ma.{module}.MaskedArray": MASKED_ARRAY for module in ("core", "_core")},
    **{f"numpy.{core}.multiarray._reconstruct": empty_array for core in ("core", "_core")},
    **{f"numpy.{core}.multiarray.scalar": scalar for core in ("core", "_core")},
    **{f"numpy.{core}.numeric._frombuffer": array_of_bytes for core in ("core", "_core")},
}
NAMED = {
    "collections.OrderedDict",
    "collections.defaultdict",
    "copyreg._reconstructor",
    "numpy.random._mt19937.MT19937",
    "numpy.random._pcg64.PCG64",
    "numpy.random._pickle.__bit_generator_ctor",
    "numpy.random._pickle.__generator_ctor",
    "numpy.random._pickle.__randomstate_ctor",
    "numpy.random.bit_generator.SeedSequence",
    "numpy.random.bit_generator.__pyx_unpickle_SeedSequence",
    # A spline of SciPy keeps how it makes arrays.
    "scipy._lib.array_api_compat.numpy._aliases.asarray",
    "scipy.interpolate._bsplines.BSpline",
    "scipy.interpolate._interpolate.interp1d",
    "scipy.interpolate.interpolate.interp1d",
}
"""Harmless classes and functions, by the full name a file gives them."""

HOMES_OF_UFUNCS = ("numpy", "numpy.core._multiarray_umath", "numpy._core._multiarray_umath", "scipy.special._ufuncs")
SKLEARN_MODULE = re.compile(r"sklearn(\.[A-Za-z_]\w*)+")
NEVER_OF_SKLEARN = {"_build_utils", "_testing", "conftest", "datasets", "externals", "tests"}
SKLEARN_FUNCTIONS = re.compile(
    r"sklearn\.(neighbors\._(kd|ball)_tree|metrics\._dist_metrics)\.newObj"
    r"|sklearn\.cluster\._kmeans\._kmeans_single_(elkan|lloyd)"
    r"|sklearn\.(_loss\._loss|linear_model\._sgd_fast|tree\._\w+)\.__pyx_unpickle_\w+"
    r"|sklearn\.feature_selection\._univariate_selection\.(chi2|f_classif|f_oneway|f_regression|r_regression)"
    r"|sklearn\.utils\.validation\.check_array"
    r"|sklearn\.feature_selection\._mutual_info\.mutual_info_(classif|regression)"
)
SKLEARN_CLASSES = re.compile(
    r"sklearn\.tree\._tree\.Tree"
    r"|sklearn\._loss\.(_loss|loss|link)\.\w+"
    r"|sklearn\.linear_model\._sgd_fast\.\w+"
    r"|sklearn\.(neighbors\._(kd|ball)_tree|metrics\._dist_metrics)\.\w+"
    r"|sklearn\.gaussian_process\.kernels\.\w+"
    r"|sklearn\.ensemble\._hist_gradient_boosting\.predictor\.TreePredictor"
    r"|sklearn\.calibration\._\w+"
    r"|sklearn\.cluster\._birch\._CF(Node|Subcluster)"
    r"|sklearn\.compose\._column_transformer\.(_RemainderColsList|make_column_selector)"
    r"|sklearn\.cluster\._bisect_k_means\._BisectingTree"
    r"|sklearn\.metrics\._scorer\._(Passthrough)?(Scorer|MultimetricScorer)"
    r"|sklearn\.model_selection\._split\.\w+"
    r"|sklearn\.neural_network\._stochastic_optimizers\.(Adam|SGD)Optimizer"
    r"|sklearn\.utils\._bunch\.Bunch"
    r"|sklearn\.utils\._metadata_requests\.Me(tadata|thodMetadata)Request"
)
"""Classes that are no estimators, and what estimators hold."""


def allowed(module: str, name: str) -> object:
    """What a file may mean by a global. @raises Refused"""
    full = f"{module}.{name}"
    if not re.fullmatch(r"\w+", name) or not re.fullmatch(r"\w+(\.\w+)*", module):
        refuse(full)
    if full in PLAIN:
        return PLAIN[full]
    if full in OURS:
        return OURS[full]
    if full in NAMED:
        try:
            return getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError):
            raise not_installed(full) from None
    for look in (numpy_number, ufunc, sparse_matrix, part_of_sklearn):
        found = look(module, name)
        if found is not None:
            return found
    return refuse(full)


def not_installed(full: str) -> Refused:
    return Refused(f"the installed packages have no {full}: put the versions it was saved with in requirements.txt")


def numpy_number(module: str, name: str):
    if module != "numpy":
        return None
    found = getattr(numpy, name, None)
    numbers = (numpy.number, numpy.bool_, numpy.datetime64, numpy.timedelta64, numpy.str_, numpy.bytes_)
    return found if isinstance(found, type) and issubclass(found, numbers) else None


def ufunc(module: str, name: str):
    """A function element by element, as FunctionTransformer holds it."""
    if module not in HOMES_OF_UFUNCS:
        return None
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ModuleNotFoundError:
        return None
    return found if isinstance(found, numpy.ufunc) else None


def sparse_matrix(module: str, name: str):
    if not re.fullmatch(r"scipy\.sparse\._?(bsr|coo|csc|csr|dia|dok|lil)", module):
        return None
    found = getattr(importlib.import_module(module), name, None)
    return found if isinstance(found, type) and found.__module__.startswith("scipy.sparse.") else None


def part_of_sklearn(module: str, name: str):
    if not SKLEARN_MODULE.fullmatch(module) or NEVER_OF_SKLEARN & set(module.split(".")):
        return None
    from sklearn.base import BaseEstimator

    full = f"{module}.{name}"
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):
        raise not_installed(full) from None
    if isinstance(found, type):
        at_home = found.__module__.startswith("sklearn.") and found.__name__ == name
        is_part = SKLEARN_CLASSES.fullmatch(full) or issubclass(found, BaseEstimator)
        return found if at_home and is_part else None
    if SKLEARN_FUNCTIONS.fullmatch(full) or is_score(found):
        return found
    return None


def is_score(found: object) -> bool:
    """Whether a function is what one of scikit-learn's named scorers calls; a search keeps its scorer."""
    from sklearn.metrics import get_scorer, get_scorer_names

    return any(found is get_scorer(name)._score_func for name in get_scorer_names())
