"""A warm parent: a process that has imported what the versions of one environment need, and forks a server for each.

It imports well-known libraries only, by the names that a version of the same environment has found them by, and never a
file of a user: what one version does is nothing to the next. It has one thread. Linux only.

It is told what to do on its standard input, and says on its standard output what came of it, one JSON a line:
`{"import": [name, ...]}` is answered by `{"ready": seconds}`; `{"id", "arguments", "environment", "folder"}` begins a
server, which connects to the socket `streams` in the folder three times: as its lifeline, on which it says its process id,
as its standard output and its standard error. `{"id", "refused"}` says why there is none, `{"id", "ended"}` how one ended.
The end of its standard input is its own.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import time

from .collecting import settle, wait
from .deferred_imports import StandIn
from .deferred_needs import look_through

WELL_KNOWN = frozenset(
    "asyncio concurrent httptools importlib joblib json lightgbm logging mlflow narwhals numpy orjson pandas patsy pyarrow "
    "scipy skops sklearn sluice_serving statsmodels threadpoolctl torch uvicorn uvloop xgboost".split()
)
"""Packages that a warm parent imports, where a version of its environment did."""
ROOM = "SLUICE_ROOM"
"""What a server of its own says of itself goes where this variable stood, since a fork shows what its parent began with."""


def tell_imports(path: str | None) -> None:
    """Write down what this version has imported of the well-known, for the warm parent of its environment."""
    if path is None:
        return
    names = [name for name, module in list(sys.modules.items()) if is_well_known(name, module)]
    with contextlib.suppress(OSError):
        with open(f"{path}.draft", "w", encoding="utf-8") as file:
            json.dump(names, file)
        os.replace(f"{path}.draft", path)


def is_well_known(name: str, module: object) -> bool:
    if name.partition(".")[0] not in WELL_KNOWN or type(module) is StandIn:
        return False
    # A file beside somebody's predict.py may have any name.
    file = getattr(getattr(module, "__spec__", None), "origin", None) or ""
    return os.path.realpath(file).startswith(places())


def places() -> tuple:
    own = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    return tuple(os.path.join(os.path.realpath(place), "") for place in (sys.prefix, sys.base_prefix, own))


def wait_for_work() -> list:
    """Fork a server whenever that is asked for. @returns in the server only: its arguments"""
    parent = Parent()
    while True:
        server = parent.next_server()
        if server is not None:
            return server


class Parent:
    def __init__(self) -> None:
        self._said = os.fdopen(os.dup(1), "w", encoding="utf-8")
        # What a library prints while it is imported is no answer.
        os.dup2(2, 1)
        self._asked = os.dup(0)
        with open(os.devnull) as nothing:
            os.dup2(nothing.fileno(), 0)
        self._text = b""
        self._ids: dict = {}
        self._ended, wakes = os.pipe()
        os.set_blocking(wakes, False)
        os.set_blocking(self._ended, False)
        self._wakes = wakes
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
        # Ctrl+C is the platform's to answer.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._events = selectors.DefaultSelector()
        self._events.register(self._asked, selectors.EVENT_READ)
        self._events.register(self._ended, selectors.EVENT_READ)

    def next_server(self) -> list | None:
        """Wait for one event. @returns the arguments of a server, in its own process"""
        if b"\n" not in self._text:
            ready = [key.fd for key, _ in self._events.select()]
            if self._ended in ready:
                self._tell_ended()
            if self._asked not in ready:
                return None
            data = os.read(self._asked, 1 << 20)
            if not data:
                os._exit(0)
            self._text += data
        if b"\n" not in self._text:
            return None
        line, _, self._text = self._text.partition(b"\n")
        asked = json.loads(line)
        if "import" in asked:
            self._import(asked["import"])
            return None
        threads = len(os.listdir("/proc/self/task")) - 1
        shadows = sorted(files_named_as_modules(asked["environment"]))
        if threads:
            # A fork has one thread: what the others were about to do, or held, is lost.
            self._say({"id": asked["id"], "refused": f"the libraries have begun {threads} threads", "isUseless": True})
            return None
        if shadows:
            named = ", ".join(shadows)
            self._say({"id": asked["id"], "refused": f"the artifact has files with the names of libraries: {named}"})
            return None
        pid = os.fork()
        if pid == 0:
            return self._become(asked)
        self._ids[pid] = asked["id"]
        return None

    def _import(self, names: list) -> None:
        began = time.monotonic()
        for name in names:
            # Without one of them a server imports it itself, and says what is wrong.
            with contextlib.suppress(Exception):
                importlib.import_module(name)
        look_through()
        gc.collect()
        settle()
        self._say({"ready": time.monotonic() - began})

    def _tell_ended(self) -> None:
        os.read(self._ended, 4096)
        while self._ids:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            self._say({"id": self._ids.pop(pid), "ended": exit_code(status)})

    def _say(self, answer: dict) -> None:
        self._said.write(json.dumps(answer) + "\n")
        self._said.flush()

    def _become(self, asked: dict) -> list:
        """The life of a server begins: of its parent's it keeps what was imported, and nothing else."""
        wait()
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._events.close()
        self._said.close()
        for end in (self._asked, self._ended, self._wakes):
            os.close(end)
        threads = {name: value for name, value in os.environ.items() if name.endswith("_NUM_THREADS")}
        os.environ.clear()
        os.environ.update(asked["environment"], **threads)
        arguments = asked["arguments"]
        sys.argv[1:] = arguments
        show(arguments, asked["folder"])
        for number in range(3):
            take(number, os.path.join(asked["folder"], "streams"))
        numpy = sys.modules.get("numpy")
        if numpy is not None:
            # Two versions do not draw the same numbers.
            numpy.random.seed()
        return arguments


def files_named_as_modules(environment: dict) -> set:
    """What the artifact has under the name of something that is imported here: there, its own would come first."""
    model_dir = environment.get("MODEL_DIR", "")
    folders = [model_dir]
    with contextlib.suppress(OSError, ValueError), open(environment.get("VERSION_FILE", ""), encoding="utf-8") as file:
        folders.append(os.path.join(model_dir, os.path.dirname(json.load(file).get("entry") or "")))
    names: set = set()
    for folder in folders:
        with contextlib.suppress(OSError):
            names.update(name.partition(".")[0] for name in os.listdir(folder))
    return names & {name for name in sys.modules if "." not in name} - {"__main__"}


def take(number: int, path: str) -> None:
    """Put a connection in the place of a standard stream."""
    stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    stream.connect(path)
    stream.sendall(f"{number} {os.getpid()}\n".encode() if number == 0 else f"{number}\n".encode())
    os.dup2(stream.fileno(), number)
    stream.close()


def show(arguments: list, folder: str) -> None:
    """Have the system show what this process is, in the place of what its parent was begun with."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        with open("/proc/self/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        argument_start, argument_end, start, end = map(int, fields[45:49])
        with open("/proc/self/mem", "r+b", buffering=0) as memory:
            memory.seek(start)
            begun_with = memory.read(end - start)
            at = begun_with.index(f"{ROOM}=".encode()) + len(ROOM) + 1
            room = begun_with.index(b"\0", at) - at
            memory.seek(start + at)
            memory.write(os.fsencode(folder)[:room].ljust(room, b" "))
            line = b"\0".join(map(os.fsencode, [sys.executable, sys.argv[0], *arguments])) + b"\0"
            size = argument_end - argument_start
            memory.seek(argument_start)
            memory.write(line[:size].ljust(size, b"\0"))


def exit_code(status: int) -> int:
    """As subprocess has it: a signal is negative."""
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
