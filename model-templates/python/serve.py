"""The server of the `python` runtime: the same file in a container and on a laptop.

The model in MODEL_DIR answers POST /invocations on port 8080, and GET /ping says 200 once it is loaded. If it cannot be
loaded, one line of the log says why, and the process ends with 1.

A request is canonical JSON, `{"inputs": {"name": [one value a record, ...]}}`; an answer is
`{"predictions": [one entry a record, ...]}`: the bare value of a single output, an object by name of several. Numbers
that JSON cannot carry are null, integers beyond 2^53 are strings. Many requests at once come as application/x-ndjson,
one a line.
"""

from __future__ import annotations

import os
import sys

# Native libraries read these once, while they are imported.
for variable in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM"):
    if "SLUICE_THREADS" in os.environ:
        os.environ[f"{variable}_NUM_THREADS"] = os.environ["SLUICE_THREADS"]

from sluice_serving import collecting, deferred_imports, plain_docs  # noqa: E402

collecting.wait()
deferred_imports.install()
plain_docs.install()

if __name__ == "__main__":
    # From here on this folder is nobody's: a predict.py may import a package of any name.
    sys.path.remove(os.path.dirname(os.path.abspath(__file__)))
    arguments = sys.argv[1:]
    if arguments[:1] == ["warm"]:
        from sluice_serving.warm import wait_for_work

        arguments = wait_for_work()
    from sluice_serving.server import serve

    serve(arguments)
