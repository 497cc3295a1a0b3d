"""JSON as bytes: by orjson where it is installed."""

from __future__ import annotations

import json

try:
    import orjson
except ImportError:
    orjson = None


class NotJson(Exception):
    """A text that is no JSON. Its message is for the caller."""


def value_of(text: bytes) -> object:
    """@raises NotJson"""
    try:
        return orjson.loads(text) if orjson else json.loads(text.decode("utf-8"), parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise NotJson(f"the request is no JSON: {error}") from None


def json_of(value: object) -> bytes:
    if orjson:
        return orjson.dumps(value)
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")


def refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
