"""What becomes of modules that are imported later. Prints JSON, by the name of a case. Run in an environment with scikit-learn.

Usage: deferred.py TEMPLATE CASE
"""

import json
import sys
import threading

sys.path.insert(0, sys.argv[1])
from sluice_serving import deferred_imports, deferred_needs  # noqa: E402


def user_module(text: str) -> dict:
    """A module of somebody else, with this text."""
    names: dict = {"__name__": "theirs"}
    exec(compile(text, "theirs.py", "exec"), names)
    return names


def kind(name: str) -> str:
    return type(sys.modules.get(name)).__name__


def of_forest() -> dict:
    import sklearn.ensemble  # noqa: F401

    return {
        "stats": kind("scipy.stats"),
        "testing": kind("numpy.testing"),
        "parts": sorted(name for name in sys.modules if name.startswith(("scipy.stats.", "numpy.f2py.")))[:3],
    }


def of_attribute() -> dict:
    import sklearn.preprocessing._data as data

    held = type(vars(data)["stats"]).__name__
    names = user_module("from scipy import stats\nhalf = stats.norm.cdf(0)")
    import numpy

    numpy.testing.assert_allclose(1, 1)
    return {
        "held": held,
        "half": names["half"],
        "after": [kind("scipy.stats"), type(vars(data)["stats"]).__name__, kind("numpy.testing")],
        "one": vars(data)["stats"] is sys.modules["scipy.stats"] is sys.modules["scipy"].stats,
    }


def of_import() -> dict:
    import sklearn.ensemble  # noqa: F401

    before = kind("scipy.stats")
    user_module("import scipy.stats")
    return {"before": before, "after": kind("scipy.stats"), "norm": hasattr(sys.modules["scipy.stats"], "norm")}


def of_part() -> dict:
    import sklearn.ensemble  # noqa: F401

    names = user_module("from scipy.stats._stats_py import rankdata\nfrom scipy.stats import rankdata as same")
    return {"after": kind("scipy.stats"), "one": names["rankdata"] is names["same"]}


def of_call() -> dict:
    from sklearn.metrics import _ranking

    before = type(vars(_ranking)["rankdata"]).__name__
    ranks = _ranking.rankdata([3, 1, 2]).tolist()
    return {"before": before, "ranks": ranks, "after": type(vars(_ranking)["rankdata"]).__name__}


def of_threads() -> dict:
    import sklearn.ensemble  # noqa: F401

    stand_in = sys.modules["scipy.stats"]
    together = threading.Barrier(8)
    found: list = []

    def touch() -> None:
        together.wait()
        found.append(stand_in.norm.cdf(0))

    threads = [threading.Thread(target=touch) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return {"found": found, "after": kind("scipy.stats")}


def of_unfound() -> dict:
    """Whoever asks whether it is there, without importing it."""
    import importlib.util

    return {"spec": importlib.util.find_spec("scipy.stats").origin.endswith("__init__.py"), "kind": kind("scipy.stats")}


def of_needs() -> dict:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import QuantileTransformer, StandardScaler

    models = {
        "forest": RandomForestClassifier(),
        "scaled": make_pipeline(StandardScaler(), LogisticRegression()),
        "neighbours": KNeighborsClassifier(),
        "deep": make_pipeline(make_pipeline(QuantileTransformer()), LogisticRegression()),
    }
    words = {"stats"}
    return {
        name: any(words & deferred_needs.words_of(one) for one in deferred_needs.classes_of(model) if deferred_needs.is_estimator(one))
        for name, model in models.items()
    }


def of_needed() -> dict:
    from sklearn.neighbors import KNeighborsClassifier

    model = KNeighborsClassifier(1).fit([[0.0], [1.0]], [3, 4])
    before = kind("scipy.stats")
    deferred_needs.import_what_is_needed(model)
    return {"before": before, "after": kind("scipy.stats"), "answer": model.predict([[0.9]]).tolist()}


def of_held() -> dict:
    """A name that was taken and not looked into: the first request is not to wait for it."""
    import sklearn.ensemble  # noqa: F401

    before = kind("scipy.stats")
    holding_stats("theirs")
    deferred_needs.import_what_is_needed()
    return {"before": before, "after": kind("scipy.stats")}


def holding_stats(name: str) -> None:
    import types

    sys.modules[name] = types.ModuleType(name)
    exec("from scipy import stats", vars(sys.modules[name]))


def of_parent() -> dict:
    """What a warm parent has imported is looked through there; a fork of it looks into what has come since."""
    import sklearn.ensemble  # noqa: F401

    deferred_needs.look_through()
    after = kind("scipy.stats")
    looked_into = [name for name in ("sklearn.ensemble", "theirs") if name not in deferred_needs.looked_through]
    holding_stats("theirs")
    deferred_needs.import_what_is_needed()
    return {"after": after, "looked_into": looked_into, "with_fork": kind("scipy.stats")}


def of_held_by_parent() -> dict:
    import sklearn.ensemble  # noqa: F401

    holding_stats("theirs")
    deferred_needs.look_through()
    return {"after": kind("scipy.stats")}


deferred_imports.install()
print(json.dumps(globals()[f"of_{sys.argv[2]}"]()))
