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
import skops.io
from joblib import numpy_pickle
from bombs import bombs, unpacking
from hostile_skops import archives
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
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
    for name, content in archives():
        yield f"{name}: skops", "model.skops", content


def heavy():
    """What is loaded guarded only: the machine of whoever runs the tests is no place for it."""
    yield from bombs()
    yield from unpacking()


def ran():
    """Whether a payload made its file, which goes with that."""
    if not os.path.exists(TOUCHED):
        return False
    os.remove(TOUCHED)
    return True


def peak(load, *arguments):
    """How much more memory the process had at most while something was loaded, in bytes; 0 where it is not told."""
    try:
        with open("/proc/self/clear_refs", "w") as clear:
            clear.write("5")
    except OSError:
        load(*arguments)
        return 0
    before = memory("VmRSS")
    load(*arguments)
    return memory("VmHWM") - before


def memory(kind):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(kind))


def load_unguarded(path):
    """In a process of its own: a payload may end it."""
    child = os.fork()
    if child == 0:
        try:
            os.dup2(os.open(os.devnull, os.O_RDWR), 1)
            os.dup2(1, 2)
            if path.endswith(".skops"):
                skops.io.load(path, trusted=skops.io.get_untrusted_types(file=path))
            elif path.endswith(".joblib"):
                joblib.load(path)
            else:
                pickle.load(open(path, "rb"))
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def load_guarded(name, path):
    try:
        loaded = load_estimator(path, path)
        # Lists in lists and a number with a far place in the memo are harmless values, and no model.
        if hasattr(loaded, "predict") or not name.startswith(DEEP):
            accepted.append(name)
        reasons[name] = "CannotLoad: no predict"
    except Exception as error:
        reasons[name] = f"{type(error).__name__}: {error}"


def each_run(load, files=files):
    """The names of the files that ran something as they were loaded.

    A payload in a process of its own may make its file after the load is over: it is waited for at the end.
    """
    executed = []
    for name, path, content in files():
        with open(path, "wb") as file:
            file.write(content)
        peaks[name] = peak(load, name, path)
        if ran():
            executed.append(name)
        os.remove(path)
    time.sleep(LATE_S)
    if ran():
        executed.append("one of those before the end")
    return executed


DEEP = ("a million lists", "a million tuples", "a million copies", "memo of 4 GiB")
tried, accepted, reasons, peaks = [name for name, _, _ in files()], [], {}, {}
# The guarded loads come first: a late payload of an unguarded one would be taken for theirs.
# What the loader imports is there before memory is compared.
warm = [RandomForestClassifier(2), HistGradientBoostingClassifier(), make_pipeline(StandardScaler(), SVC())]
joblib.dump([model.fit([[0.0], [1.0]] * 5, [0, 1] * 5) for model in warm], "model.joblib")
load_estimator("model.joblib", "model.joblib")
executed = each_run(load_guarded)
bombs_executed = each_run(load_guarded, heavy)
guarded_peaks = dict(peaks)
ran_unguarded = each_run(lambda _, path: load_unguarded(path))
said = {
    "tried": tried,
    "bombs": [name for name in guarded_peaks if name not in set(tried)],
    "accepted": accepted,
    "executed": executed + bombs_executed,
    "ranUnguarded": ran_unguarded,
    "reasons": reasons,
    "heaviest": sorted(((at, name) for name, at in guarded_peaks.items()), reverse=True)[:5],
}
print(json.dumps(said))
