"""Load every hostile stream through the allow-list, in each form a file may have, and by pickle for comparison.

Prints one JSON object. Run in an empty folder: python hostile.py FOLDER_OF_THE_SERVER
"""

import copyreg
import io
import json
import os
import pickle
import sys
import time
import zlib

import joblib
import numpy as np
from joblib import numpy_pickle
from streams import TOUCHED, Runs, hostile

sys.path.insert(0, sys.argv[1])
from sluice_serving.safe_loading import load_estimator  # noqa: E402

LATE_S = 1
"""How long the file of a payload in a process of its own is waited for, in seconds."""

copyreg.add_extension("os", "system", 7)


def nested(stream):
    """A file of joblib with an array of objects, whose own stream is this one."""
    array = np.array([None], dtype=object)
    whole = io.BytesIO()
    joblib.dump([array], whole)
    inner = pickle.dumps(array, protocol=5)
    assert whole.getvalue().count(inner) == 1
    return whole.getvalue().replace(inner, stream)


def mapped():
    """A file of joblib whose array says that it is a memory map of the file."""
    whole = io.BytesIO()
    pickler = numpy_pickle.NumpyPickler(whole)
    wrapper = numpy_pickle.NumpyArrayWrapper(np.memmap, (1,), "C", np.dtype("O"), allow_mmap=True)
    pickler.dump(wrapper)
    return whole.getvalue()[:-1] + pickle.dumps(Runs(), 4) + b"."


def files():
    for name, stream in hostile().items():
        yield f"{name}: pickle", "model.pkl", stream
        yield f"{name}: joblib", "model.joblib", stream
        yield f"{name}: compressed joblib", "model.joblib", zlib.compress(stream)
        if not name.startswith("trailing in"):
            yield f"{name}: inside joblib", "model.joblib", nested(stream)
    yield "memory map: joblib", "model.joblib", mapped()


def ran():
    """Whether a payload made its file, which goes with that."""
    if not os.path.exists(TOUCHED):
        return False
    os.remove(TOUCHED)
    return True


def load_unguarded(path):
    """In a process of its own: a payload may end it."""
    child = os.fork()
    if child == 0:
        try:
            os.dup2(os.open(os.devnull, os.O_RDWR), 1)
            os.dup2(1, 2)
            joblib.load(path) if path.endswith(".joblib") else pickle.load(open(path, "rb"))
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def load_guarded(name, path):
    try:
        load_estimator(path, path)
        accepted.append(name)
    except Exception as error:
        reasons[name] = f"{type(error).__name__}: {error}"


def each_run(load):
    """The names of the files that ran something as they were loaded.

    A payload in a process of its own may make its file after the load is over: it is waited for at the end.
    """
    executed = []
    for name, path, content in files():
        with open(path, "wb") as file:
            file.write(content)
        load(name, path)
        if ran():
            executed.append(name)
        os.remove(path)
    time.sleep(LATE_S)
    if ran():
        executed.append("one of those before the end")
    return executed


tried, accepted, reasons = [name for name, _, _ in files()], [], {}
# The guarded loads come first: a late payload of an unguarded one would be taken for theirs.
executed = each_run(load_guarded)
ran_unguarded = each_run(lambda _, path: load_unguarded(path))
said = {"tried": tried, "accepted": accepted, "executed": executed, "ranUnguarded": ran_unguarded, "reasons": reasons}
print(json.dumps(said))
