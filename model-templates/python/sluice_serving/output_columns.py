"""From what a model returned to one entry a record, as JSON can carry it."""

from __future__ import annotations

import math
from collections.abc import Mapping

LARGEST_SAFE_INTEGER = 2**53 - 1


class WrongAnswer(Exception):
    """The model returned something that is not one entry a record of each output."""


def predictions_of(returned: object, outputs: tuple | None, records: int) -> list:
    """One entry a record: the bare value of one output, an object by name of several. @raises WrongAnswer"""
    names = [output.name for output in outputs] if outputs else None
    columns = named_columns(returned, names, records)
    entries = [(name, entries_of(name, column, records)) for name, column in columns.items()]
    if len(entries) == 1:
        return entries[0][1]
    keys = [name for name, _ in entries]
    return [dict(zip(keys, row)) for row in zip(*(column for _, column in entries))]


def named_columns(returned: object, names: list | None, records: int) -> dict:
    """What was returned, by name of output; a table of pandas is its columns."""
    if returned is None:
        raise WrongAnswer("it returned None: return one entry a record, or a dict of them by output name")
    if hasattr(returned, "columns") and hasattr(returned, "to_numpy"):
        returned = {str(name): returned[name] for name in returned.columns}
    if isinstance(returned, Mapping):
        if names is None and not returned:
            raise WrongAnswer("it returned an empty dict: return one entry a record by output name")
        missing = [name for name in names or [] if name not in returned]
        if missing:
            found = ", ".join(map(str, returned)) or "nothing"
            raise WrongAnswer(f"the output {missing[0]} is missing: it returned {found}")
        return {name: returned[name] for name in names} if names else {str(k): v for k, v in returned.items()}
    if names is None or len(names) == 1:
        return {names[0] if names else "prediction": returned}
    if isinstance(returned, (list, tuple)) and returned and all(isinstance(entry, Mapping) for entry in returned):
        for entry in returned:
            missing = [name for name in names if name not in entry]
            if missing:
                raise WrongAnswer(f"the output {missing[0]} is missing in an entry")
        return {name: [entry[name] for entry in returned] for name in names}
    raise WrongAnswer(f"it returned one output: return a dict with {', '.join(names)}")


def entries_of(name: str, column: object, records: int) -> list:
    if hasattr(column, "to_numpy"):
        column = column.to_numpy()
    dtype = getattr(column, "dtype", None)
    if hasattr(column, "tolist"):
        safe = is_safe(column, dtype)
        entries = column.tolist()
        if not safe:
            entries = as_json(entries)
    elif isinstance(column, (list, tuple)):
        entries = as_json(column)
    else:
        raise WrongAnswer(f"the output {name} is a {type(column).__name__}: return one entry a record")
    if not isinstance(entries, list):
        raise WrongAnswer(f"the output {name} is one value: return one entry a record")
    if len(entries) != records:
        raise WrongAnswer(f"the output {name} has {len(entries)} entries for {records} records")
    return entries


def is_safe(column: object, dtype: object) -> bool:
    """Whether every element of an array is one that JSON carries, as far as a look at the whole tells."""
    kind = getattr(dtype, "kind", None)
    if kind in ("b", "U"):
        return True
    if kind in ("i", "u"):
        return dtype.itemsize < 8
    # A sum is finite only where every element is.
    return kind == "f" and dtype.itemsize <= 8 and math.isfinite(column.sum())


def as_json(value: object) -> object:
    """The same value in plain Python: null for what is no finite number, strings for integers beyond 2^53."""
    kind = type(value)
    if kind is float:
        return value if math.isfinite(value) else None
    if kind is int:
        return value if -LARGEST_SAFE_INTEGER <= value <= LARGEST_SAFE_INTEGER else str(value)
    if kind is str or kind is bool or value is None:
        return value
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        plain = value.tolist()
        if type(plain) is not kind:
            return as_json(plain)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    for plain in (str, int, float):
        if isinstance(value, plain):
            return as_json(plain(value))
    raise WrongAnswer(f"it returned a {kind.__name__}, which JSON cannot carry")
