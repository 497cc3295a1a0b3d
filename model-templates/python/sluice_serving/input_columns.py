"""From the columns of a request to the arrays a model takes."""

from __future__ import annotations

import re
from itertools import chain

from .reasons import BadRequest

try:
    import numpy
except ImportError:  # A predict.py may do without: it gets lists.
    numpy = None

DIGITS = re.compile(r"-?\d{1,20}")


def read_columns(fields: tuple | None, inputs: object) -> tuple[dict, int]:
    """One column an input, and how many records they hold. @raises BadRequest"""
    if not isinstance(inputs, dict) or not inputs:
        raise BadRequest('the request has no inputs: send {"inputs": {"name": [one value a record, ...]}}')
    names = [field.name for field in fields] if fields is not None else list(inputs)
    for name in inputs:
        if name not in names:
            raise BadRequest(f"input {name} is unknown: the inputs are {', '.join(names)}")
    for name in names:
        if name not in inputs:
            raise BadRequest(f"input {name} is missing")
        if not isinstance(inputs[name], list):
            raise BadRequest(f"input {name} is no list with one value a record")
    records = len(inputs[names[0]])
    for name in names:
        if len(inputs[name]) != records:
            raise BadRequest(f"input {name} has {len(inputs[name])} values, {names[0]} has {records}")
    if fields is None:
        return {name: column_as_found(inputs[name]) for name in names}, records
    return {field.name: typed_column(field, inputs[field.name]) for field in fields}, records


def typed_column(field, values: list):
    """The values of one input in the type and shape of its field."""
    leaves, sizes = flattened(field, values)
    leaves = checked(field, leaves)
    if numpy is None:
        return nested(leaves, sizes)
    shape = (len(values), *sizes)
    if field.type == "string":
        column = numpy.empty(len(leaves), dtype=object)
        column[:] = leaves
        return column.reshape(shape)
    try:
        return numpy.array(leaves, dtype="bool" if field.type == "boolean" else field.type).reshape(shape)
    except (OverflowError, ValueError):
        raise BadRequest(f"input {field.name} is not all {field.type}") from None


def flattened(field, values: list) -> tuple[list, list]:
    """All elements of a column in one list, and the sizes of its lists from the outside in."""
    sizes = []
    for size in field.shape:
        if not all(type(value) is list for value in values):
            raise BadRequest(f"input {field.name} has a value that is no list of the declared shape")
        lengths = set(map(len, values)) or {size or 0}
        if len(lengths) > 1:
            raise BadRequest(f"input {field.name} has lists of different lengths")
        (found,) = lengths
        if size is not None and found != size:
            raise BadRequest(f"input {field.name} has a list of {found} where {size} are declared")
        sizes.append(found)
        values = list(chain.from_iterable(values))
    return values, sizes


def checked(field, leaves: list) -> list:
    """The elements, all of the field's type; 64-bit integers may come as strings of digits. @raises BadRequest"""
    kinds = set(map(type, leaves))
    if field.type in ("float32", "float64"):
        fits = kinds <= {int, float}
    elif field.type == "string":
        fits = kinds <= {str}
    elif field.type == "boolean":
        fits = kinds <= {bool}
    else:
        leaves = leaves if kinds <= {int} else [whole(value, field.type) for value in leaves]
        lowest, highest = integer_range(field.type)
        fits = all(value is not None and lowest <= value <= highest for value in leaves)
    if not fits:
        raise BadRequest(f"input {field.name} is not all {field.type}")
    return leaves


def whole(value: object, type_name: str) -> int | None:
    if type(value) is int:
        return value
    if type(value) is float and value.is_integer():
        return int(value)
    if type(value) is str and type_name.endswith("64") and DIGITS.fullmatch(value):
        return int(value)
    return None


def integer_range(type_name: str) -> tuple[int, int]:
    bits = int(re.sub(r"\D", "", type_name))
    return (0, 2**bits - 1) if type_name.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def nested(leaves: list, sizes: list) -> list:
    for size in reversed(sizes):
        leaves = [leaves[at : at + size] for at in range(0, len(leaves), size)] if size else leaves
    return leaves


def column_as_found(values: list):
    """The values of one input whose type nobody declared, as NumPy makes of them, strings and mixtures as objects."""
    if numpy is None:
        return values
    try:
        column = numpy.array(values)
        if column.dtype.kind in "biuf":
            return column
        column = numpy.array(values, dtype=object)
    except (ValueError, OverflowError):
        column = None
    if column is None or any(type(value) is list for value in column.flat):
        column = numpy.empty(len(values), dtype=object)
        for at, value in enumerate(values):
            column[at] = value
    return column


def layout_of(columns: dict) -> tuple:
    """Columns of one layout may be put together without changing a value of any."""
    if numpy is None:
        return tuple(columns)
    return tuple((name, column.dtype.str, column.shape[1:]) for name, column in columns.items())


def put_together(columns: list[dict]) -> dict:
    """The columns of many requests of one layout, one behind the other."""
    if numpy is None:
        return {name: list(chain.from_iterable(one[name] for one in columns)) for name in columns[0]}
    return {name: numpy.concatenate([one[name] for one in columns]) for name in columns[0]}
