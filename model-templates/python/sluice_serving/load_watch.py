"""Says where a model is that loads for long, or crashes: whoever waits for it sees no more than that it does not answer."""

from __future__ import annotations

import contextlib
import faulthandler
import sys
import threading

from .reasons import path_inside

PATIENCE_SECONDS = 20
"""A model that loads for longer is told of once: well before the platform gives it up."""


@contextlib.contextmanager
def watched(model_dir: str):
    """Watch this thread until the block ends."""
    # A crash of native code is told by the line that led to it.
    faulthandler.enable(all_threads=False)
    watching = threading.Timer(PATIENCE_SECONDS, tell, (threading.get_ident(), model_dir))
    watching.daemon = True
    watching.start()
    try:
        yield
    finally:
        watching.cancel()


def tell(thread: int, model_dir: str) -> None:
    frame = sys._current_frames().get(thread)
    while frame is not None:
        inside = path_inside(frame.f_code.co_filename, model_dir)
        if inside is not None:
            place = f"{inside} line {frame.f_lineno}"
            print(f"the model still loads after {PATIENCE_SECONDS} s: {place}", file=sys.stderr, flush=True)
            return
        frame = frame.f_back
