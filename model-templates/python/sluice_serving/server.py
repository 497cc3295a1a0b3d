"""The life of the process: it listens, loads the model, serves, and ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import threading

import uvicorn

try:
    from uvloop import run
except ImportError:
    from asyncio import run

from .application import Application
from .batching import Batching
from .collecting import settle
from .load_watch import watched
from .reasons import reason_of
from .warm import tell_imports

A_DAY_SECONDS = 86_400
BACKLOG = 2048
PING_WAITS_SECONDS = 0.25
"""On a laptop: who asks every few milliseconds whether the model is there takes time from the thread that loads it."""
MODEL_DIR = "/opt/sluice/model"
VERSION_FILE = "/opt/sluice/version.json"


class Server(uvicorn.Server):
    """uvicorn without its own signals: it would answer a Ctrl+C that is the parent's to answer."""

    def capture_signals(self):
        return contextlib.nullcontext()


def serve(arguments: list) -> None:
    """Serve until told to end. @param arguments may hold `--socket PATH`; others are ignored"""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)
    path = arguments[arguments.index("--socket") + 1] if "--socket" in arguments[:-1] else None
    application = Application(0 if path is None else PING_WAITS_SECONDS)
    server = Server(
        uvicorn.Config(
            application,
            lifespan="off",
            ws="none",
            log_level="critical",
            access_log=False,
            server_header=False,
            date_header=False,
            # Who keeps a connection decides when to close it: a request may already be on its way.
            timeout_keep_alive=A_DAY_SECONDS,
        )
    )
    end_as_told(server, on_laptop=path is not None)
    listening = listener(path)
    try:
        run(serve_model(server, application, listening))
    finally:
        if path is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)


async def serve_model(server: Server, application: Application, listening: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    threading.Thread(target=load_into, args=(application, loop), name="load", daemon=True).start()
    await server.serve(sockets=[listening])


def load_into(application: Application, loop: asyncio.AbstractEventLoop) -> None:
    """Load the one model this process is for, or end: whoever started it sees that it does not stay."""
    from .predictor import load_predictor

    model_dir = os.environ.get("MODEL_DIR", MODEL_DIR)
    try:
        with watched(model_dir):
            predictor = load_predictor(os.environ.get("VERSION_FILE", VERSION_FILE), model_dir)
    except BaseException as error:
        sys.stdout.flush()
        print(f"the model cannot be loaded: {reason_of(error, model_dir)}", file=sys.stderr, flush=True)
        os._exit(1)
    settle()
    batching = Batching(predictor, loop, os.environ.get("SLUICE_BATCH") != "off")
    loop.call_soon_threadsafe(application.serve_with, batching)
    tell_imports(os.environ.get("SLUICE_IMPORTS_FILE"))


def listener(path: str | None) -> socket.socket:
    if path is None:
        # asyncio sends at once only where the socket says that it is TCP.
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("0.0.0.0", int(os.environ.get("PORT", "8080"))))
        listening.listen(BACKLOG)
        return listening
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # Nobody else on the machine asks.
    before = os.umask(0o177)
    try:
        listening.bind(path)
    finally:
        os.umask(before)
    listening.listen(BACKLOG)
    return listening


def end_as_told(server: Server, on_laptop: bool) -> None:
    """SIGTERM drains. On a laptop the parent decides when to end, also at Ctrl+C; its end is the end of stdin."""

    def drain(*_) -> None:
        server.should_exit = True

    signal.signal(signal.SIGTERM, drain)
    signal.signal(signal.SIGINT, signal.SIG_IGN if on_laptop else drain)
    if on_laptop:
        lifeline = os.dup(0)
        # Nothing the model starts or reads may hold or take the lifeline.
        with open(os.devnull) as nothing:
            os.dup2(nothing.fileno(), 0)
        threading.Thread(target=end_with, args=(lifeline,), name="lifeline", daemon=True).start()


def end_with(lifeline: int) -> None:
    while os.read(lifeline, 4096):
        pass
    os._exit(0)
