"""Which deferred modules a loaded model will need: they are imported before it is ready, and not by its first request."""

from __future__ import annotations

import gc
import sys
from types import FunctionType, ModuleType

from .deferred_imports import DEFERRED, StandIn, real_module, vars_of, waiting

ANSWERS = ("predict", "predict_proba", "decision_function", "transform", "score_samples", "kneighbors")
"""What is called of an estimator when a request comes."""

looked_through: set = set()
"""Names of modules that hold no stand-in of somebody else's. To look into them again makes a fork copy what it looks at."""


def import_what_is_needed(model: object = None) -> None:
    """@param model an estimator; without it, all that lives in this process may be asked"""
    left = waiting()
    if not left:
        return
    classes = set(map(type, gc.get_objects())) if model is None else classes_of(model)
    spoken = {word for one in classes if is_estimator(one) for word in words_of(one)}
    held = held_elsewhere()
    for name, own in left.items():
        words = {name.rpartition(".")[2], *DEFERRED[name].names}
        if words & spoken or name in held:
            real_module(own)


def look_through() -> None:
    """What a warm parent has imported is looked through here, once, and not by each of its forks."""
    held, left = held_elsewhere(), waiting()
    for name in held & set(left):
        real_module(left[name])
    looked_through.update(sys.modules)


def classes_of(model: object) -> set:
    """The classes of an estimator and of all that it is made of."""
    classes: set = set()
    seen: set = set()
    ahead = [model]
    while ahead:
        one = ahead.pop()
        if id(one) in seen or isinstance(one, (type, ModuleType, FunctionType)):
            continue
        seen.add(id(one))
        if isinstance(one, (list, tuple, set, dict)):
            ahead += gc.get_referents(one)
        elif getattr(getattr(one, "dtype", None), "hasobject", False):
            ahead += one.tolist() if one.ndim else [one.item()]
        elif hasattr(one, "__dict__"):
            classes.add(type(one))
            ahead += vars(one).values()
    return classes


def is_estimator(one: type) -> bool:
    return str(one.__module__).startswith("sklearn.") and any(hasattr(one, answer) for answer in ANSWERS)


def words_of(one: type) -> set:
    """Every name in the code that an answer may run through, as far as it is scikit-learn's own and in Python."""
    found: set = set()
    seen: set = set()
    ahead = [getattr(one, answer, None) for answer in ANSWERS]
    while ahead:
        function = plain(ahead.pop())
        if function is None or function in seen:
            continue
        seen.add(function)
        code = function.__code__
        found.update(code.co_names)
        for name in code.co_names:
            # Models are fitted before they come here.
            if not name.lstrip("_").startswith("fit"):
                ahead += [function.__globals__.get(name), getattr(one, name, None)]
    return found


def plain(found: object) -> FunctionType | None:
    """The function of scikit-learn behind a method or a decorator."""
    while hasattr(type(found), "__get__") and hasattr(found, "__wrapped__"):
        found = found.__wrapped__
    found = getattr(found, "__func__", found)
    is_own = isinstance(found, FunctionType) and str(found.__module__).startswith("sklearn.")
    return found if is_own else None


def held_elsewhere() -> set:
    """The deferred modules that somebody has who is none of their importers: a `from scipy import stats` touches nothing."""
    found: set = set()
    for at, module in list(sys.modules.items()):
        if at in looked_through or module is None or type(module) is StandIn:
            continue
        for value in list(getattr(module, "__dict__", {}).values()):
            if type(value) is StandIn:
                name = vars_of(value)["__name__"]
                if not f"{at}.".startswith((*DEFERRED[name].importers, "numpy.", "scipy.")):
                    found.add(name)
    return found
