"""When the garbage collector looks through what there is. Imports make a great deal that stays."""

from __future__ import annotations

import gc

usual = gc.get_threshold()


def wait() -> None:
    """Until the model is loaded it looks seldom: what it would look through again and again stays."""
    gc.set_threshold(100_000, 50, 100)


def settle() -> None:
    """What is here now stays: from now on only what comes later is looked through."""
    gc.freeze()
    gc.set_threshold(*usual)
