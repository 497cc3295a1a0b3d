"""What went wrong, for whoever called: the kind of error, its message and the line of the artifact, without paths."""

from __future__ import annotations

import os
import re
import traceback

LONGEST = 500

DISTRIBUTIONS = {
    "cv2": "opencv-python",
    "PIL": "Pillow",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "PyYAML",
}
"""Packages that are installed by another name than they are imported by."""

ABSOLUTE_PATH = re.compile(r"(?<![\w.:/\\])(?:[A-Za-z]:)?[\\/](?:[^\s:'\",()<>]*[\\/])*([^\s\\/:'\",()<>]+)")


class BadRequest(Exception):
    """A request that does not fit the model. Its message is for the caller."""


class CannotLoad(Exception):
    """A model that cannot be loaded, in words that need no type and no line."""


def reason_of(error: BaseException, model_dir: str) -> str:
    """One line: `predict.py line 12: KeyError: 'tenure'`."""
    if isinstance(error, (BadRequest, CannotLoad)):
        return one_line(str(error), model_dir)
    place = place_of(error, model_dir)
    text = missing_package(error) or f"{type(error).__name__}: {message_of(error)}".rstrip(": ")
    return f"{place}: {one_line(text, model_dir)}" if place else one_line(text, model_dir)


def message_of(error: BaseException) -> str:
    return str(error.msg) if isinstance(error, SyntaxError) else str(error)


def place_of(error: BaseException, model_dir: str) -> str | None:
    """The innermost line of the artifact's own files that the error passed through."""
    if isinstance(error, SyntaxError) and error.filename:
        inside = path_inside(error.filename, model_dir)
        if inside:
            return f"{inside} line {error.lineno}"
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        inside = path_inside(frame.filename, model_dir)
        if inside:
            return f"{inside} line {frame.lineno}"
    return None


def path_inside(file: str, model_dir: str) -> str | None:
    root = os.path.realpath(model_dir) + os.sep
    real = os.path.realpath(file)
    return real[len(root) :].replace(os.sep, "/") if real.startswith(root) else None


def missing_package(error: BaseException) -> str | None:
    """What to do about a package that is not installed."""
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return None
    package = error.name.split(".")[0]
    name = DISTRIBUTIONS.get(package, package)
    return f"the package '{name}' is missing: add it to requirements.txt"


def one_line(text: str, model_dir: str) -> str:
    """The first line, with paths of the artifact relative to it and the last name of every other."""
    lines = text.strip().splitlines()
    line = lines[0] if lines else ""
    for root in {model_dir, os.path.realpath(model_dir)}:
        line = line.replace(root.rstrip("/\\") + os.sep, "")
    return ABSOLUTE_PATH.sub(r"\1", line)[:LONGEST]
