"""What a SageMaker script's output_fn or transform_fn returned, read back into values."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping

from .output_columns import WrongAnswer

NPY = "application/x-npy"
CSV = "text/csv"
ENVELOPES = ("predictions", "instances", "outputs")


def answer_of(returned: object, accept: str, names: tuple, records: int) -> object:
    """The values of an answer, one entry a record. @param names of the outputs @raises WrongAnswer"""
    content_type = accept
    if isinstance(returned, tuple) and len(returned) == 2 and isinstance(returned[1], str):
        returned, content_type = returned
    if isinstance(returned, (bytes, bytearray, str)):
        returned = parsed(returned, content_type.split(";")[0].strip().lower())
    return one_entry_a_record(unwrapped(returned, names), records)


def parsed(body: bytes | str, content_type: str) -> object:
    if content_type == NPY:
        return array_in(body)
    try:
        text = body if isinstance(body, str) else body.decode("utf-8")
    except UnicodeDecodeError:
        raise WrongAnswer(f"its body as {content_type} is no text: answer with application/json or text/csv") from None
    if content_type != CSV:
        try:
            return json.loads(text)
        except ValueError:
            # Scripts that answer in one form only do not look at what was asked for.
            pass
    return rows_of(text)


def array_in(body: bytes | str) -> object:
    import numpy

    try:
        return numpy.load(io.BytesIO(body), allow_pickle=False)
    except (TypeError, ValueError):
        raise WrongAnswer(f"its body as {NPY} is no array of numbers") from None


def rows_of(text: str) -> list:
    """The lines of CSV, each its one value or a list of them."""
    lines = [[number_or_text(value) for value in line] for line in csv.reader(io.StringIO(text)) if line]
    return [line[0] if len(line) == 1 else line for line in lines]


def number_or_text(value: str) -> object:
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value.strip()


def unwrapped(answer: object, names: tuple) -> object:
    """Without the key that some scripts put around their predictions."""
    if not isinstance(answer, Mapping):
        return answer
    if names and all(name in answer for name in names):
        return answer[names[0]] if len(names) == 1 else answer
    key = next((key for key in ENVELOPES if key in answer), None)
    if key is None and len(answer) == 1 and len(names) < 2:
        (key,) = answer
    return answer if key is None else answer[key]


def one_entry_a_record(answer: object, records: int) -> object:
    """One record may be answered without a list around it."""
    if records != 1 or answer is None:
        return answer
    if isinstance(answer, Mapping):
        return [answer] if answer and not any(map(is_several, answer.values())) else answer
    return answer if is_several(answer) else [answer]


def is_several(value: object) -> bool:
    return isinstance(value, (list, tuple)) or getattr(value, "ndim", 0) > 0
