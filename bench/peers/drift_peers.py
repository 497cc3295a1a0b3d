"""One measured run of a peer: `python drift_peers.py evidently|whylogs|scipy CURRENT ROWS REFERENCE ROWS`.

The files hold float32 columns one after the other, the prediction last. What is measured begins with reading the current
rows and ends with the answer; the reference is read before.
"""

import json
import resource
import sys
import time

import numpy as np
import pandas as pd

peer, current_file, current_rows, reference_file, reference_rows = sys.argv[1:]
features = 30


def frame(file, rows):
    columns = np.fromfile(file, dtype=np.float32).reshape(features + 1, int(rows))[:features]
    return pd.DataFrame({f"f{i}": column for i, column in enumerate(columns)})


def evidently(current, reference):
    from evidently import Report
    from evidently.presets import DataDriftPreset

    # Its KS path: the test named, one p-value a column.
    return lambda: Report([DataDriftPreset(num_method="ks")]).run(current(), reference).dict()


def whylogs(current, _):
    import whylogs

    return lambda: whylogs.log(pandas=current()).profile().view().serialize()


def scipy(current, reference):
    from scipy.stats import ks_2samp

    def tested():
        frame = current()
        return [ks_2samp(reference[name], frame[name], method="asymp").pvalue for name in frame]

    return tested


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


reference = frame(reference_file, reference_rows) if peer != "whylogs" else None
run = {"evidently": evidently, "whylogs": whylogs, "scipy": scipy}[peer](lambda: frame(current_file, current_rows), reference)
before, started = cpu(), time.perf_counter()
run()
print(
    json.dumps(
        {
            "cpuSeconds": cpu() - before,
            "seconds": time.perf_counter() - started,
            "peakMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
    )
)
