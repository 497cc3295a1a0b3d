"""The categories of an XGBoost model, out of the beginning of its UBJSON: there is no public call that gives them."""

from __future__ import annotations

import struct

PATHS = (
    ("learner", "gradient_booster", "model", "cats"),
    ("learner", "gradient_booster", "gbtree", "model", "cats"),
)
FORMATS = {"i": ">b", "U": ">B", "I": ">h", "l": ">i", "L": ">q", "d": ">f", "D": ">d"}
CONSTANTS = {"Z": None, "T": True, "F": False}


def categories_of(model: bytes) -> list:
    """By place of the feature: the names of its categories in the order of their numbers, or None."""
    for path in PATHS:
        cats = Cursor(model).descend(path)
        if cats is not None:
            return [names_of(**feature) for feature in cats["enc"]]
    return []


def names_of(values: list, offsets: list | None = None, **_) -> list | None:
    if not values or offsets is None:
        return values or None
    text = bytes(value & 0xFF for value in values)
    try:
        names = [text[start:end].decode() for start, end in zip(offsets, offsets[1:])]
    except UnicodeDecodeError:
        return None
    return names if len(set(names)) == len(names) else None


class Cursor:
    """Reads what XGBoost itself has written in memory, one value after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def descend(self, path: tuple) -> object:
        """The value at a path of members, or None; what comes before it is read and left."""
        marker = self._marker()
        if not path:
            return self._value(marker)
        if marker != "{":
            return None
        while self._data[self._at] != ord("}"):
            if self._text() == path[0]:
                return self.descend(path[1:])
            self._value(self._marker())
        return None

    def _value(self, marker: str) -> object:
        if marker == "S":
            return self._text()
        if marker in CONSTANTS:
            return CONSTANTS[marker]
        if marker == "[":
            return self._array()
        if marker == "{":
            members = {}
            while self._data[self._at] != ord("}"):
                name = self._text()
                members[name] = self._value(self._marker())
            self._at += 1
            return members
        (number,) = self._numbers(FORMATS[marker], 1)
        return number

    def _array(self) -> list:
        kind = None
        if self._data[self._at] == ord("$"):
            self._at += 1
            kind = self._marker()
        if self._data[self._at] == ord("#"):
            self._at += 1
            count = self._value(self._marker())
            if kind is not None:
                return list(self._numbers(FORMATS[kind], count))
            return [self._value(self._marker()) for _ in range(count)]
        items = []
        while self._data[self._at] != ord("]"):
            items.append(self._value(self._marker()))
        self._at += 1
        return items

    def _numbers(self, form: str, count: int) -> tuple:
        many = f"{form[0]}{count}{form[1]}"
        found = struct.unpack_from(many, self._data, self._at)
        self._at += struct.calcsize(many)
        return found

    def _text(self) -> str:
        length = self._value(self._marker())
        self._at += length
        return self._data[self._at - length : self._at].decode()

    def _marker(self) -> str:
        self._at += 1
        return chr(self._data[self._at - 1])
