"""Bounds on what the loading of a model file may take: of memory, in proportion to what was read of it.

The memory is bounded where the system can bound a process's data (Linux); elsewhere only what is unpacked is.
"""

from __future__ import annotations

import contextlib
import io
import os

from .allow_list import Refused

try:
    import resource
except ImportError:  # Windows.
    resource = None

MIB = 1 << 20
LEAST_UNPACKED = 64 * MIB
MOST_RATIO = 16
"""A file may unpack to so many times its size, where that is more than the least: forests do to 3 to 8 times."""
HEADROOM = 96 * MIB
TIMES_READ = 16
"""A dict of short texts takes about ten times its bytes in a pickle."""
BUFFER = MIB


def most_unpacked(size: int) -> int:
    return max(LEAST_UNPACKED, MOST_RATIO * size)


def too_much_unpacked(size: int) -> Refused:
    return Refused(
        f"it unpacks to more than {most_unpacked(size) // MIB} MiB, from {size} bytes: save it without compression"
    )


class Allowance:
    """How much more data the process may hold: more with every byte that was read."""

    def __init__(self) -> None:
        self._before = resource.getrlimit(resource.RLIMIT_DATA) if data_of_process() else None
        self._base = data_of_process()
        self._read = 0

    def __enter__(self) -> Allowance:
        self.grow(0)
        return self

    def __exit__(self, kind, *_) -> None:
        self._set(None)
        if kind is not None and issubclass(kind, MemoryError):
            raise Refused("it takes far more memory to load than it has bytes") from None

    def grow(self, read: int) -> None:
        self._read += read
        self._set(self._base + HEADROOM + TIMES_READ * self._read)

    @contextlib.contextmanager
    def lifted(self):
        """For what is imported: a library takes what it takes, and that is nothing of the file's."""
        before = data_of_process()
        self._set(None)
        try:
            yield
        finally:
            self._base += max(0, data_of_process() - before)
            self.grow(0)

    def _set(self, most: int | None) -> None:
        if self._before is None:
            return
        soft, hard = self._before
        if most is not None:
            soft = most if soft == resource.RLIM_INFINITY else min(most, soft)
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def data_of_process() -> int:
    """Bytes, as Linux counts them for the limit; 0 where it is not known."""
    try:
        with open("/proc/self/status") as status:
            return next((int(line.split()[1]) * 1024 for line in status if line.startswith("VmData")), 0)
    except OSError:
        return 0


class Counted(io.RawIOBase):
    """What a file holds, unpacked or not, up to a bound. @param most bytes"""

    def __init__(self, inner, size: int, most: int, allowance: Allowance) -> None:
        self._inner, self._size, self._left, self._allowance = inner, size, most, allowance

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        data = self._inner.read(min(len(buffer), BUFFER))
        self._left -= len(data)
        if self._left < 0:
            raise too_much_unpacked(self._size)
        buffer[: len(data)] = data
        self._allowance.grow(len(data))
        return len(data)


def counted(inner, path: str, most: int | None, allowance: Allowance) -> io.BufferedReader:
    """@param most none where nothing is unpacked"""
    size = os.path.getsize(path)
    return io.BufferedReader(Counted(inner, size, size if most is None else most, allowance), BUFFER)
